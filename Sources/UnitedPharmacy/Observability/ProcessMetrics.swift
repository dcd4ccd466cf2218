internal import FoundationEssentials
internal import Glibc

/// Metrics of the process under the names that all exporters use (Prometheus documentation, Writing Client Libraries,
/// Standard and Runtime Collectors). Read from the kernel at each scrape.
enum ProcessMetrics {
    static func write(to page: inout PrometheusPage) {
        func show(_ name: String, _ type: String, _ help: String, _ value: Double?) {
            // Values that the kernel does not provide are omitted.
            guard let value else { return }
            page.family(name, type: type, help: help)
            page.sample(name, labels: "", value: value)
        }
        let statistics = statistics()
        show(
            "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
            statistics?.cpuSeconds)
        show(
            "process_start_time_seconds", "gauge", "Start time of the process since the Unix epoch in seconds.",
            statistics?.startTime)
        show(
            "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", statistics?.residentBytes)
        show("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", statistics?.virtualBytes)
        show("process_open_fds", "gauge", "Number of open file descriptors.", openDescriptors())
        show("process_max_fds", "gauge", "Maximum number of open file descriptors.", descriptorLimit())
    }

    private struct Statistics {
        let cpuSeconds: Double
        let startTime: Double?
        let virtualBytes: Double
        let residentBytes: Double
    }

    /// From `/proc/self/stat` (proc_pid_stat(5)).
    private static func statistics() -> Statistics? {
        guard let text = contents(of: "/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        // The second field, a name in parentheses, may contain spaces. The third field follows its end.
        let fields = text[text.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Double? {
            let index = number - 3
            return fields.indices.contains(index) ? Double(fields[index]) : nil
        }
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        guard ticks > 0, let user = field(14), let system = field(15), let start = field(22), let size = field(23),
            let pages = field(24)
        else { return nil }
        return Statistics(
            cpuSeconds: (user + system) / ticks, startTime: bootTime.map { $0 + start / ticks }, virtualBytes: size,
            residentBytes: pages * Double(sysconf(CInt(_SC_PAGESIZE))))
    }

    /// The start time of the machine, in Unix seconds.
    private static let bootTime: Double? = contents(of: "/proc/stat").flatMap { text in
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }
    }

    /// Without the descriptor that this function opens.
    static func openDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return Double(count - 1)
    }

    /// The soft limit (`ulimit -n`).
    static func descriptorLimit() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    /// Reads a file of the kernel, which has no size.
    private static func contents(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
