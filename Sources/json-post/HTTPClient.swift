import CCurl
import Glibc
import Spool
import Tool

/// 0xMMmmpp: major, minor, patch.
private let libcurlVersion = unsafe curl_version_info(CURLVERSION_FIRST).pointee.version_num

/// Whether requests share connections of HTTP/2. libcurl 7.88 then puts several at a time on one of HTTP/1.1 too, once it has
/// met HTTP/2 at that host, and takes an answer for another request's (github.com/curl/curl/issues/4885): a record would
/// count as delivered that was not. 8.14 does not. Driven by events, 7.88 also leaves some requests on a shared connection
/// waiting for their timeout now and then, though their answers have come.
private let sharesConnections = libcurlVersion >= 0x08_0E00

/// HTTP by libcurl: this file alone imports it. One multi handle, and a fixed set of easy handles that are used again and
/// again, so that connections, sessions and memory are kept.
///
/// It is driven by events (curl_multi_socket_action): libcurl says which sockets matter, and is told which are ready. The
/// simpler curl_multi_perform asks the kernel about every socket at every turn, which costs more than the requests.
@safe final class HTTPClient {
    private let multi: UnsafeMutableRawPointer
    private var events: EventPoll
    /// When libcurl wants to be called though nothing happens, in milliseconds on the monotonic clock.
    private var deadline: Int64?
    private var ready: [(number: CInt, events: EventPoll.Events)] = []
    private var inputs: [CInt] = []

    init() throws(Failure) {
        guard curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK, let multi = unsafe curl_multi_init() else {
            throw Failure(.osErr, "libcurl cannot be started")
        }
        unsafe self.multi = multi
        events = try Failure.wrap(.osErr) { () throws(SystemError) in try EventPoll() }
        let sharing = Int(sharesConnections ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING)
        try check(unsafe ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, sharing), "PIPELINING")
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check(unsafe ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me), "SOCKETDATA")
        try check(unsafe ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me), "TIMERDATA")
        let onSocket: curl_socket_callback = { _, socket, what, context, _ in
            unsafe HTTPClient.at(context)?.socket(socket, what)
            return 0
        }
        try check(unsafe ccurl_multi_set_socket_callback(multi, onSocket), "SOCKETFUNCTION")
        let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
            unsafe HTTPClient.at(context)?.timer(milliseconds)
            return 0
        }
        try check(unsafe ccurl_multi_set_timer_callback(multi, onTimer), "TIMERFUNCTION")
    }

    deinit { _ = unsafe curl_multi_cleanup(multi) }

    private func check(_ code: CURLMcode, _ option: String) throws(Failure) {
        guard code == CURLM_OK else { throw Failure(.osErr, "libcurl refuses \(option)") }
    }

    fileprivate static func at(_ context: UnsafeMutableRawPointer?) -> HTTPClient? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
    }

    /// How many connections are kept for the next requests.
    func keep(connections: Int) {
        let kept = unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        precondition(kept == CURLM_OK, "MAXCONNECTS")
    }

    // MARK: What libcurl wishes

    private func socket(_ number: CInt, _ what: CInt) {
        switch what {
        case CURL_POLL_IN: events.wish(.read, for: number)
        case CURL_POLL_OUT: events.wish(.write, for: number)
        case CURL_POLL_INOUT: events.wish([.read, .write], for: number)
        default: events.wish([], for: number)
        }
    }

    fileprivate func willClose(_ number: CInt) { events.forget(number) }

    private func timer(_ milliseconds: Int) {
        deadline = milliseconds < 0 ? nil : Self.now + Int64(milliseconds)
    }

    private static var now: Int64 { Clock.monotonic() / 1_000_000 }

    // MARK: Requests

    /// Sends a request; `next` will give the transfer back when it has ended.
    func start(_ transfer: HTTPTransfer) {
        transfer.prepare(self)
        let added = unsafe curl_multi_add_handle(multi, transfer.easy)
        precondition(added == CURLM_OK, "curl_multi_add_handle")
    }

    /// Ends a transfer without an answer.
    func cancel(_ transfer: HTTPTransfer) {
        _ = unsafe curl_multi_remove_handle(multi, transfer.easy)
    }

    /// The next transfer that has ended, with its answer.
    func next() -> HTTPTransfer? {
        var left: CInt = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            let result = unsafe ccurl_message_result(message)
            if let socket = unsafe Self.idleSocket(easy) { events.rest(socket) }
            _ = unsafe curl_multi_remove_handle(multi, easy)
            guard let transfer = unsafe HTTPTransfer.owning(easy) else { continue }
            if transfer.mayGoAgain(after: result) {
                start(transfer)
                continue
            }
            transfer.end(result)
            return transfer
        }
        return nil
    }

    /// The socket of a transfer that has ended, if its connection is kept and bytes on it could be taken for the next answer:
    /// HTTP/2 has numbers for that.
    private static func idleSocket(_ easy: UnsafeMutableRawPointer) -> CInt? {
        var (version, socket) = (0, curl_socket_t(CURL_SOCKET_BAD))
        guard unsafe ccurl_info_long(easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK,
            version == CURL_HTTP_VERSION_1_1 || version == CURL_HTTP_VERSION_1_0,
            unsafe ccurl_info_socket(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK, socket != CURL_SOCKET_BAD
        else { return nil }
        return socket
    }

    /// Closes connections on which something came though nothing was asked, or which the other side has closed. libcurl 7.88
    /// would use them again, and take what came for the next answer. It sees that they are shut down.
    private func closeStrays() {
        for (number, events) in ready where events.contains(.stray) {
            self.events.wish([], for: number)
            Glibc.shutdown(number, CInt(SHUT_RDWR))
        }
        ready.removeAll { $0.events.contains(.stray) }
    }

    /// Also hears of this descriptor, for good.
    func listen(to input: CInt) {
        inputs.append(input)
        events.wish(.read, for: input)
    }

    /// Lets begun requests begin, waits for the network, for an input or for the time to pass, and does what is ready.
    /// - Returns: the inputs that are readable or closed.
    func wait(milliseconds: Int64) throws(SystemError) -> [CInt] {
        act(on: CURL_SOCKET_TIMEOUT, 0, ifDue: true)
        let time = deadline.map { min(milliseconds, max(0, $0 - Self.now)) } ?? milliseconds
        ready.removeAll(keepingCapacity: true)
        try events.wait(milliseconds: CInt(min(max(time, 0), 600_000))) { ready.append(($0, $1)) }
        // First, as libcurl could close one and another thread open something of its number.
        closeStrays()
        var found: [CInt] = []
        for (number, events) in ready {
            if inputs.contains(number) {
                found.append(number)
            } else {
                act(on: number, Self.bits(events), ifDue: false)
            }
        }
        act(on: CURL_SOCKET_TIMEOUT, 0, ifDue: true)
        return found
    }

    private static func bits(_ events: EventPoll.Events) -> CInt {
        (events.contains(.read) ? CURL_CSELECT_IN : 0) | (events.contains(.write) ? CURL_CSELECT_OUT : 0)
            | (events.contains(.error) ? CURL_CSELECT_ERR : 0)
    }

    private func act(on socket: CInt, _ bits: CInt, ifDue: Bool) {
        if ifDue {
            guard let deadline, deadline <= Self.now else { return }
            // libcurl tells a time once. Should its own clock find that it has not come yet, it is asked again.
            self.deadline = Self.now + 1
        }
        var running: CInt = 0
        let code = unsafe curl_multi_socket_action(multi, socket, bits, &running)
        precondition(code == CURLM_OK, "curl_multi_socket_action")
    }
}

/// One request at a time: an easy handle, the headers of the attempt, and what came back.
@safe final class HTTPTransfer {
    fileprivate let easy: UnsafeMutableRawPointer
    private let common: HeaderList
    private let headers = AttemptHeaders()
    private let url: URLParts
    private let errorText: UnsafeMutablePointer<CChar>
    private var response = Response()
    private var body: RecordBody?
    /// An address that `--deny-private` refuses.
    fileprivate var isDenied = false
    /// The request is sent for the second time: see `mayGoAgain`.
    private var isSecondGo = false
    /// How old a kept connection may be that it is sent on, in milliseconds; nil: as old as it likes.
    var connectionAge: Int64?
    /// What the request is for.
    var job: Job?
    private(set) var answer = Answer.none("")
    /// The first bytes of the answer's body.
    var excerpt: [UInt8] { response.excerpt }

    init(_ settings: HTTPSettings) throws(Failure) {
        url = try URLParts(settings.url.text)
        guard let easy = unsafe curl_easy_init() else { throw Failure(.osErr, "libcurl cannot be started") }
        unsafe self.easy = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        // libcurl would ask for leave to send a large body (100-continue), and wait for it.
        common = HeaderList(settings.headers + ["Expect:"])
        try setUp(settings)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe errorText.deallocate()
    }

    fileprivate static func owning(_ easy: UnsafeMutableRawPointer) -> HTTPTransfer? {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe ccurl_info_pointer(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer = unsafe pointer
        else {
            return nil
        }
        return unsafe Unmanaged<HTTPTransfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    // MARK: Settings, once

    private func setUp(_ settings: HTTPSettings) throws(Failure) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try unsafe set(CURLOPT_PRIVATE, me)
        try unsafe set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        try unsafe set(CURLOPT_HEADERDATA, me)
        try unsafe set(CURLOPT_WRITEDATA, me)
        try unsafe sink(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            unsafe receive(bytes, size * count, context) { $0.header($1) }
        }
        try unsafe sink(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            unsafe receive(bytes, size * count, context) { $0.body($1) }
        }
        let onClose: curl_closesocket_callback = { client, socket in
            unsafe HTTPClient.at(client)?.willClose(socket)
            return Glibc.close(socket)
        }
        try check(unsafe ccurl_set_close_callback(easy, onClose), CURLOPT_CLOSESOCKETFUNCTION)
        if settings.denyPrivate {
            try unsafe set(CURLOPT_OPENSOCKETFUNCTION, openPublicSocket)
            try unsafe set(CURLOPT_OPENSOCKETDATA, me)
        }
        // A URL that is taken apart already is not parsed anew for each request.
        try unsafe set(CURLOPT_CURLU, UnsafeMutableRawPointer(url.handle))
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_USERAGENT, "json-post/" + toolVersion)
        for (option, value) in settings.numbers { try set(option, value) }
        for (option, value) in settings.strings where value != nil { try set(option, value ?? "") }
        try unsafe set(CURLOPT_HTTPHEADER, headers.chain(common))
    }

    private func sink(_ option: CURLoption, _ function: @escaping ccurl_sink) throws(Failure) {
        try check(unsafe ccurl_set_sink(easy, option, function), option)
    }

    private func set(_ option: CURLoption, _ function: @escaping curl_opensocket_callback) throws(Failure) {
        try check(unsafe ccurl_set_open_callback(easy, function), option)
    }

    private func set(_ option: CURLoption, _ value: Int) throws(Failure) {
        try check(unsafe ccurl_set_long(easy, option, value), option)
    }

    private func set(_ option: CURLoption, _ value: String) throws(Failure) {
        try check(unsafe ccurl_set_pointer(easy, option, value), option)
    }

    private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) throws(Failure) {
        try check(unsafe ccurl_set_pointer(easy, option, value), option)
    }

    private func check(_ code: CURLcode, _ option: CURLoption) throws(Failure) {
        guard code == CURLE_OK else {
            let words = unsafe String(cString: curl_easy_strerror(code))
            throw Failure(.config, "libcurl refuses option \(option.rawValue): \(words)")
        }
    }

    // MARK: One request

    /// What is to be sent. Headers are appended to `headers` by the caller.
    func load(_ body: RecordBody, _ fill: (inout HeaderBlock) -> Void) {
        self.body = body
        headers.fill(fill)
    }

    fileprivate func prepare(_ client: HTTPClient) {
        let context = unsafe Unmanaged.passUnretained(client).toOpaque()
        let told = unsafe ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, context)
        precondition(told == CURLE_OK, "curl_easy_setopt")
        response = Response()
        isDenied = false
        unsafe errorText.pointee = 0
        if isSecondGo { useKeptConnections(false) }
        // In whole seconds, and 0 would be any age.
        let age = connectionAge.map { max(1, Int($0 / 1000) - 1) } ?? 0
        let limited = unsafe ccurl_set_long(easy, CURLOPT_MAXLIFETIME_CONN, age)
        precondition(limited == CURLE_OK, "curl_easy_setopt")
        guard let body else { return }
        let sized = unsafe ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        let placed = unsafe ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, body.address)
        precondition(sized == CURLE_OK && placed == CURLE_OK, "curl_easy_setopt")
    }

    private func useKeptConnections(_ may: Bool) {
        let code = unsafe ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, may ? 0 : 1)
        precondition(code == CURLE_OK, "curl_easy_setopt")
    }

    /// Whether the request is to be sent again at once, on a connection of its own: the one that it was sent on had been kept,
    /// and ended before a byte of the answer. As a rule the server closed it at that moment (RFC 9112 §9.6). libcurl does that
    /// itself for some cases, but only five times in the life of a handle.
    fileprivate func mayGoAgain(after result: CURLcode) -> Bool {
        var connections = 0
        guard !isSecondGo, response.isEmpty, Self.isBreak(result),
            unsafe ccurl_info_long(easy, CURLINFO_NUM_CONNECTS, &connections) == CURLE_OK, connections == 0
        else { return false }
        isSecondGo = true
        return true
    }

    private static func isBreak(_ result: CURLcode) -> Bool {
        [CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM].contains(result)
    }

    fileprivate func end(_ result: CURLcode) {
        body = nil
        if isSecondGo { useKeptConnections(true) }
        isSecondGo = false
        var status = 0
        _ = unsafe ccurl_info_long(easy, CURLINFO_RESPONSE_CODE, &status)
        // Once the header section is whole the status counts, whatever becomes of the body; before, libcurl may be content
        // with a status line alone.
        if response.isHeadWhole, (200...999).contains(status) {
            let wait = RetryAfter.seconds(response.retryAfter.span, now: Clock.now().seconds)
            answer = .status(status, retryAfter: wait)
        } else if isDenied, result == CURLE_COULDNT_CONNECT {
            answer = .none("the address is private: --deny-private")
        } else {
            let detail = unsafe String(cString: errorText)
            let words =
                result == CURLE_OK ? "the answer is cut off" : unsafe String(cString: curl_easy_strerror(result))
            answer = .none(detail.isEmpty ? words : detail)
        }
    }

    fileprivate func header(_ line: Span<UInt8>) -> Bool { response.header(line) }
    fileprivate func body(_ bytes: Span<UInt8>) -> Bool { response.body(bytes) }
}

/// Makes the socket for an address that is of the public network.
private let openPublicSocket: curl_opensocket_callback = { context, _, address in
    guard let address = unsafe address else { return CURL_SOCKET_BAD }
    // The address goes on behind the struct when it is longer than a sockaddr.
    let start = unsafe UnsafeRawPointer(address) + (MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 16)
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(address.pointee.addrlen)))
    let family = unsafe address.pointee.family
    guard Address(family: family, sockaddr: bytes).isPublic else {
        if let context = unsafe context {
            unsafe Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue().isDenied = true
        }
        return CURL_SOCKET_BAD
    }
    let type = unsafe address.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue)
    return Glibc.socket(family, type, unsafe address.pointee.protocol)
}

/// Hands bytes of libcurl's to the transfer that they belong to. Anything but `count` makes libcurl end the transfer.
private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (HTTPTransfer, Span<UInt8>) -> Bool
) -> Int {
    guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
    let transfer = unsafe Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
    let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    let isTaken = unsafe raw.withMemoryRebound(to: UInt8.self) { unsafe take(transfer, $0.span) }
    return isTaken ? count : 0
}

/// A list of headers that libcurl reads and that is never changed.
@safe private final class HeaderList {
    let head: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines { unsafe list = curl_slist_append(list, line) }
        unsafe head = list
    }

    deinit { unsafe curl_slist_free_all(head) }
}

/// The headers of one attempt, in memory that is used again, chained in front of the common ones: libcurl reads them anew
/// for each request.
///
/// They are one item of its list, lines that are separated by CRLF: for each item, libcurl looks a dozen times through all
/// of them. A value cannot hold a line break: see `HeaderBlock`.
@safe private final class AttemptHeaders {
    private static let room = 2048
    private let text: UnsafeMutableBufferPointer<CChar>
    private let node: UnsafeMutablePointer<curl_slist>
    private var block = HeaderBlock(room: AttemptHeaders.room)

    init() {
        unsafe text = .allocate(capacity: Self.room)
        unsafe text.initialize(repeating: 0)
        unsafe node = .allocate(capacity: 1)
        unsafe node.initialize(to: curl_slist())
    }

    deinit {
        unsafe text.deallocate()
        unsafe node.deallocate()
    }

    /// The head of the list that ends with the common headers.
    func chain(_ list: HeaderList) -> UnsafeMutableRawPointer? {
        unsafe node.pointee = curl_slist(data: text.baseAddress, next: list.head)
        return unsafe UnsafeMutableRawPointer(node)
    }

    func fill(_ fill: (inout HeaderBlock) -> Void) {
        block.removeAll()
        fill(&block)
        let bytes = block.bytes
        precondition(bytes.count < Self.room, "attempt headers")
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(text).copyMemory(from: bytes)
        }
        unsafe text[bytes.count] = 0
    }
}

/// A URL that is fit to be posted to.
struct HTTPURL: Sendable, Equatable {
    /// For libcurl alone: it may hold a password, or a secret in its path.
    let text: String
    /// Scheme and host, for logs.
    let name: String

    /// - Throws: why it is none. The text is not repeated in it.
    init(_ text: String) throws(Failure) {
        let parts = try URLParts(text)
        guard let scheme = parts[CURLUPART_SCHEME], let host = parts[CURLUPART_HOST] else { throw URLParts.unreadable }
        guard scheme == "http" || scheme == "https" else {
            throw Failure(.usage, "the URL must begin with http:// or https://, not \(scheme)://")
        }
        // libcurl takes one slash or three for two, and so a path for a host.
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        guard rest.starts(with: "://".utf8), !rest.starts(with: ":///".utf8) else { throw URLParts.unreadable }
        self.text = text
        let port = parts[CURLUPART_PORT].map { ":" + $0 } ?? ""
        name = scheme + "://" + host + port
    }
}

/// A URL that libcurl has taken apart.
@safe private final class URLParts {
    static let unreadable = Failure(.usage, "the URL cannot be read; https://host/path is expected")
    let handle: OpaquePointer

    /// - Throws: why it is none. The text is not repeated in it.
    init(_ text: String) throws(Failure) {
        guard let handle = unsafe curl_url() else { throw Failure(.osErr, "libcurl: out of memory") }
        unsafe self.handle = handle
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            unsafe curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK
        else { throw Self.unreadable }
    }

    deinit { unsafe curl_url_cleanup(handle) }

    subscript(part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}

extension HTTPSettings {
    fileprivate var numbers: [(CURLoption, Int)] {
        [
            // Where HTTP/2 may be agreed on, the first connection is waited for: if it is that, all share it.
            (CURLOPT_PIPEWAIT, sharesConnections && url.name.hasPrefix("https:") ? 1 : 0),
            (CURLOPT_FRESH_CONNECT, usesConnectionsOnce ? 1 : 0), (CURLOPT_FORBID_REUSE, usesConnectionsOnce ? 1 : 0),
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_POST, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_HTTP09_ALLOWED, 0),
            (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
            (CURLOPT_TIMEOUT_MS, Int(timeout.milliseconds)),
            (CURLOPT_CONNECTTIMEOUT_MS, Int(connectTimeout.milliseconds)),
            (CURLOPT_HTTP_VERSION, http2PriorKnowledge ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS),
        ]
    }

    /// Before 8.0.0, libcurl speaks HTTP/2 within HTTP/2 when a request without TLS comes to a connection that is there
    /// already (github.com/curl/curl/pull/10643).
    private var usesConnectionsOnce: Bool {
        http2PriorKnowledge && libcurlVersion < 0x08_0000
    }

    fileprivate var strings: [(CURLoption, String?)] {
        [
            (CURLOPT_USERPWD, user), (CURLOPT_CAINFO, caFile), (CURLOPT_SSLCERT, certificate), (CURLOPT_SSLKEY, key),
            (CURLOPT_PROXY, proxy), (CURLOPT_UNIX_SOCKET_PATH, unixSocket),
        ]
    }
}
