import HTTPTypes
import PharmacyDomain

/// Finds the endpoints of a path. It is the only router of the API. Unlike the framework's router, it also finds the
/// endpoint of a failed request, for the shape of the error, and the methods of a path.
package struct RouteTable: Sendable {
    /// One path and its endpoints.
    package final class Route: Sendable {
        fileprivate let segments: [Segment]
        /// The literal segments and their places. The last ones are first: in them paths differ most.
        private let literals: [(place: Int, text: Substring)]
        /// In the order of their declaration.
        let endpoints: [Endpoint]
        /// Empty for nearly every path.
        private let deprecations: [(method: HTTPRequest.Method, deprecations: OperationDeprecations)]

        fileprivate init(_ segments: [Segment], _ endpoints: [Endpoint]) {
            self.segments = segments
            self.endpoints = endpoints
            deprecations = endpoints.compactMap { endpoint in
                OperationDeprecations(endpoint.operation).map { (endpoint.operation.method, $0) }
            }
            literals = segments.indices.reversed().compactMap { place in
                if case .literal(let text) = segments[place] { (place, text) } else { nil }
            }
            subject =
                segments.indices.dropFirst().compactMap { index -> (kind: Subject, segment: Int)? in
                    guard segments[index] == .parameter("uuid") else { return nil }
                    return switch segments[index - 1] {
                    case .literal("orders"): (.order, index)
                    case .literal("patients"): (.patient, index)
                    default: nil
                    }
                }.first
        }

        /// - Parameter path: as many segments as the route has.
        fileprivate func matches(_ path: [Substring]) -> Bool {
            literals.allSatisfy { $0.text.utf8.elementsEqual(path[$0.place].utf8) }
        }

        /// The endpoint of a method. The endpoint of `GET` also handles `HEAD`.
        func endpoint(for method: HTTPRequest.Method) -> Endpoint? {
            let method = method == .head ? .get : method
            return endpoints.first { $0.operation.method == method }
        }

        /// What is deprecated in the operation of a method; `nil` for nearly every operation.
        func deprecations(for method: HTTPRequest.Method) -> OperationDeprecations? {
            guard !deprecations.isEmpty else { return nil }
            let method = method == .head ? .get : method
            return deprecations.first { $0.method == method }?.deprecations
        }

        /// The value of the `Allow` header.
        package var allow: String {
            endpoints.map(\.operation.method).flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
                .joined(separator: ", ")
        }

        /// The order or the patient that the parameter `uuid` identifies; `nil` where the path has none, or that of something else.
        let subject: (kind: Subject, segment: Int)?

        /// Whether the path exists in sandboxes only.
        var isSandboxOnly: Bool { endpoints.allSatisfy(\.operation.isSandboxOnly) }

        /// The values of the path parameters, percent-encoded.
        /// - Parameter path: the segments of a path that matches this route.
        func parameters(_ path: [Substring]) -> [(name: String, value: Substring)] {
            zip(segments, path).compactMap { segment, text in
                if case .parameter(let name) = segment { (name, text) } else { nil }
            }
        }
    }

    /// What the `uuid` in a path identifies.
    package enum Subject: Sendable {
        case order
        case patient
    }

    fileprivate enum Segment: Hashable, Sendable {
        case literal(Substring)
        case parameter(String)

        init(_ text: Substring) {
            self = text.hasPrefix("{") ? .parameter(String(text.dropFirst().dropLast())) : .literal(text)
        }

        var isParameter: Bool {
            if case .parameter = self { true } else { false }
        }
    }

    /// By the number of segments. Routes with fewer parameters are first, so that literal segments take precedence.
    private var routes: [Int: [Route]] = [:]

    package init(_ endpoints: [Endpoint]) {
        var paths: [[Segment]] = []
        let byPath = Dictionary(grouping: endpoints) { endpoint in
            let path = RouteTable.segments(of: endpoint.operation.fullPath).map(Segment.init)
            if !paths.contains(path) { paths.append(path) }
            return path
        }
        for path in paths { routes[path.count, default: []].append(Route(path, byPath[path] ?? [])) }
        for count in routes.keys {
            routes[count]?.sort { left, right in
                left.segments.count(where: \.isParameter) < right.segments.count(where: \.isParameter)
            }
        }
    }

    /// The route of a path; `nil` if no endpoint has the path.
    /// - Parameter segments: the result of `segments(of:)`.
    package func route(_ segments: [Substring]) -> Route? {
        routes[segments.count]?.first { $0.matches(segments) }
    }

    /// The segments of a path, as Hummingbird's router splits it.
    package static func segments(of path: String) -> [Substring] {
        // Splitting the bytes is faster. In ASCII, which nearly every path is, the result is the same.
        guard path.isASCII else { return path.split(separator: "/") }
        return path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init)
    }
}
