import Glibc
import Testing

/// Expects work on 16,000 pieces to take less than thirty-two times as long as on 2,000: linear is eight times, quadratic sixty-four.
///
/// Processor time is asked for, not the clock, and again when something else disturbed it; what is quadratic never passes.
func expectLinear(_ name: String, _ work: (_ pieces: Int) -> () -> Void) {
    let (few, many) = (work(2_000), work(16_000))
    // Shorter times are noise.
    var (short, long) = (Double.infinity, Double.infinity)
    for _ in 0..<5 {
        short = min(short, processorTime(few))
        long = min(long, processorTime(many))
        if long < 32 * max(short, 0.01) { return }
    }
    Issue.record("\(name): \(short) s, then \(long) s")
}

/// Seconds that this thread computed, whatever else the machine did meanwhile.
private func processorTime(_ work: () -> Void) -> Double {
    func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    work()
    return now() - start
}
