import HTTPTypes

/// The paths of the endpoints, and the methods each of them answers. The router finds handlers; this finds what the
/// router does not tell: which endpoint an error belongs to, and which methods a path has.
package struct RouteTable: Sendable {
    /// One path.
    package struct Route: Sendable {
        /// The path's segments.
        fileprivate let segments: [Segment]
        /// In the order of the endpoints.
        fileprivate(set) var endpoints: [Endpoint]

        /// The endpoint of a method; `HEAD` is answered by that of `GET`.
        func endpoint(for method: HTTPRequest.Method) -> Endpoint? {
            let method = method == .head ? .get : method
            return endpoints.first { $0.operation.method == method }
        }

        /// The value of the `Allow` header.
        package var allow: String {
            endpoints.map(\.operation.method).flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
                .joined(separator: ", ")
        }
    }

    /// What stands between two slashes.
    fileprivate enum Segment: Hashable, Sendable {
        case literal(Substring)
        case parameter

        /// Reads one segment of a template.
        init(_ text: Substring) {
            self = text.hasPrefix("{") ? .parameter : .literal(text)
        }

        /// Whether the text can stand here.
        func matches(_ text: Substring) -> Bool {
            switch self {
            case .literal(let literal): literal == text
            case .parameter: true
            }
        }
    }

    /// By the number of segments; those with fewer parameters first.
    private var routes: [Int: [Route]] = [:]

    /// The table of all paths of `endpoints`.
    package init(_ endpoints: [Endpoint]) {
        for endpoint in endpoints {
            let segments = RouteTable.segments(of: endpoint.fullPath).map(Segment.init)
            if let index = routes[segments.count]?.firstIndex(where: { $0.segments == segments }) {
                routes[segments.count]?[index].endpoints.append(endpoint)
            } else {
                routes[segments.count, default: []].append(Route(segments: segments, endpoints: [endpoint]))
            }
        }
        for count in routes.keys {
            routes[count]?.sort { left, right in
                left.segments.count { $0 == .parameter } < right.segments.count { $0 == .parameter }
            }
        }
    }

    /// The path's entry; `nil` for a path that no endpoint has.
    /// - Parameter segments: the path's, as `segments(of:)` splits it.
    package func route(_ segments: [Substring]) -> Route? {
        routes[segments.count]?.first { route in
            zip(route.segments, segments).allSatisfy { $0.matches($1) }
        }
    }

    /// What stands between the slashes, as the router splits a path.
    package static func segments(of path: String) -> [Substring] {
        // Nearly every path is ASCII, whose bytes are its characters.
        guard path.utf8.allSatisfy({ $0 < 0x80 }) else { return path.split(separator: "/") }
        return path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init)
    }
}
