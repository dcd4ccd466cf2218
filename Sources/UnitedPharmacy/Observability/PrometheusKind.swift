/// The kind of a metric, which all its series have.
enum PrometheusKind: Hashable {
    case counter
    case gauge
    case timer
    case distribution

    var exposedType: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .timer, .distribution: "histogram"
        }
    }

    /// The suffix of names of this kind by Prometheus' conventions.
    var suffix: String {
        switch self {
        case .counter: "_total"
        case .timer: "_seconds"
        case .gauge, .distribution: ""
        }
    }

    /// Labels that the format reserves.
    var reservedLabels: Set<String> {
        switch self {
        case .counter, .gauge: []
        case .timer, .distribution: ["le"]
        }
    }

    /// Every name that lines of the metric start with.
    func sampleNames(of name: String) -> Set<String> {
        switch self {
        case .counter, .gauge: [name]
        case .timer, .distribution: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}
