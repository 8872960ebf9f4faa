import CLinux
import Glibc

/// When a file that was made without a name (O_TMPFILE) is synced once more after it has got one.
///
/// Until then the disk has its inode as one without links, which the repair of a filesystem without a journal takes for
/// deleted. What is fastest was measured (`Bench/spool/run`).
enum LinkSync: UInt8 {
    /// Not at all: a journal has the name and the number of links in one transaction, which the directory's sync commits.
    case never
    /// Before the directory: wherever nothing is known. btrfs takes twice as long the other way round.
    case beforeDirectory
    /// After the directory: ext4 without a journal syncs the directory along with a file that has a new name, for each by
    /// itself, and so finds that done for many at once.
    case afterDirectory

    /// What suits the filesystem of a directory.
    static func suiting(_ directory: borrowing Descriptor) -> LinkSync {
        let number = directory.number
        var filesystem = statfs()
        guard unsafe fstatfs(number, &filesystem) == 0 else { return .beforeDirectory }
        switch Int(filesystem.f_type) {
        case clinux_XFS_SUPER_MAGIC: return .never
        case clinux_EXT4_SUPER_MAGIC: return onExt4(directory)
        default: return .beforeDirectory
        }
    }

    /// ext4 tells it below /sys by the id of the thread that writes the journal, which is 0 where that thread cannot be seen
    /// (a container); `<none>` says that there is no journal.
    private static func onExt4(_ directory: borrowing Descriptor) -> LinkSync {
        guard let device = try? directory.status().st_dev, let name = deviceName(device),
            let writer = try? Descriptor.open("/sys/fs/ext4/\(name)/journal_task", O_RDONLY).readAll(limit: 4096)
        else { return .beforeDirectory }
        let isNumber = writer.first.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false
        return isNumber ? .never : .afterDirectory
    }

    /// As the kernel calls a block device: `sda1`, `dm-0`.
    private static func deviceName(_ device: dev_t) -> String? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let path = "/sys/dev/block/\(clinux_major(device)):\(clinux_minor(device))"
        let count = unsafe readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        let last = target[..<count].split(separator: CChar(UInt8(ascii: "/"))).last ?? []
        return String(decoding: last.lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
