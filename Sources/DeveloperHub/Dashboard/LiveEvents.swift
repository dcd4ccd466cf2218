internal import HTTPTypes
internal import Hummingbird
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// Server-sent events (WHATWG HTML §9.2) that tell a page that something has changed, not what: it then fetches itself again.
enum LiveEvents {
    static let path = "\(Dashboard.path)/events"

    static let route = DashboardRoute(.get, "events") { visit in
        let changes: TenantChange = visit.filter("requests") == nil ? .records : [.records, .requests]
        let stream = visit.services.streams.open(
            visit.filter("page"), showing: changes, token: visit.token, by: visit.signedIn)
        guard let stream else {
            throw APIError(
                .rateLimited, message: "Too many pages of this tenant are open.", headers: [.retryAfter: "60"])
        }
        return .other(response(stream, visit))
    }

    /// The URL of the stream of a page.
    static func url(page: String, showing changes: TenantChange) -> String {
        "\(path)?page=\(PercentEncoding.encode(page))" + (changes.contains(.requests) ? "&requests=1" : "")
    }

    /// Whether the request is a page's own, to stay current, rather than somebody's.
    static func isRefresh(_ request: Request) -> Bool {
        request.headers[.liveRefresh] != nil || request.uri.path == path
    }

    private static func response(_ stream: SessionStream, _ visit: DashboardVisit) -> Response {
        let body = ResponseBody { writer in
            try await visit.reportingFailure(of: "the dashboard's event stream") {
                // A line that is sent at once shows the browser that the stream is open.
                try await writer.write(ByteBuffer(string: ": open\n\n"))
                while let event = try await stream.next() {
                    switch event {
                    case .changed: try await writer.write(ByteBuffer(string: "event: change\ndata:\n\n"))
                    case .heartbeat: try await writer.write(ByteBuffer(string: ": still open\n\n"))
                    }
                }
                try await writer.finish(nil)
            }
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                // nginx would hold the events back.
                .xAccelBuffering: "no",
            ], body: body)
    }
}
