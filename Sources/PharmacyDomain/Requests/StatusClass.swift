/// A class of HTTP statuses (RFC 9110 §15).
package enum StatusClass: String, CaseIterable, Sendable {
    case successful = "2xx"
    case redirection = "3xx"
    case clientError = "4xx"
    case serverError = "5xx"

    package var statuses: Range<Int> {
        switch self {
        case .successful: 200..<300
        case .redirection: 300..<400
        case .clientError: 400..<500
        case .serverError: 500..<600
        }
    }

    package var isError: Bool { self == .clientError || self == .serverError }
}
