/// What a family of series measures.
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

    /// The end that a name of this kind has by Prometheus' conventions.
    var suffix: String {
        switch self {
        case .counter: "_total"
        case .timer: "_seconds"
        case .gauge, .distribution: ""
        }
    }

    /// Labels that the format uses itself.
    var reservedLabels: Set<String> {
        switch self {
        case .counter, .gauge: []
        case .timer, .distribution: ["le"]
        }
    }

    /// Every name that stands at the start of a line of the family.
    func sampleNames(of name: String) -> Set<String> {
        switch self {
        case .counter, .gauge: [name]
        case .timer, .distribution: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}
