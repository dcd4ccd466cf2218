internal import Configuration

/// Settings that cannot be read, or that contradict each other; each fault is one sentence that names them.
struct ConfigurationError: Error, CustomStringConvertible {
    let faults: [String]

    init(faults: [String]) { self.faults = faults }
    init(description: String) { self.init(faults: [description]) }

    var description: String { faults.joined(separator: " ") }
}
