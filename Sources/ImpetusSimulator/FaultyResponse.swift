import Hummingbird
import NIOCore
import PharmacyDomain

/// Applies a fault to a response.
struct FaultyResponse: Sendable {
    let fault: Fault.Kind
    let channel: any Channel

    /// Thrown when no response may be sent.
    private struct Closed: Error {}

    func response(_ effect: @Sendable () async throws -> SimulatorRoutes.Reply) async throws -> Response {
        switch fault {
        case .status(let code, let retryAfter):
            var response = SimulatorRoutes.Reply(
                .init(code: code), ["code": "fault", "reason": "A fault was set for this request."]
            ).response
            if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
            return response
        case .latency(let milliseconds):
            try await Task.sleep(for: .milliseconds(milliseconds))
            return try await effect().response
        case .closeBefore: return try await closed()
        case .closeAfter:
            _ = try await effect()
            return try await closed()
        case .hangBefore: return try await silence()
        case .hangAfter:
            _ = try await effect()
            return try await silence()
        case .halfResponse: return half(of: try await effect())
        case .endlessResponse:
            _ = try await effect()
            return endless()
        case .body(let text):
            _ = try await effect()
            return SimulatorRoutes.json(Array(text.utf8))
        }
    }

    private func closed() async throws -> Response {
        try? await channel.close()
        throw Closed()
    }

    /// Waits for longer than any client. (The server does not notice that the client disconnects meanwhile.)
    private func silence() async throws -> Response {
        try await Task.sleep(for: .seconds(600))
        throw Closed()
    }

    private func half(of reply: SimulatorRoutes.Reply) -> Response {
        let bytes = reply.body.bytes
        let channel = channel
        let body = ResponseBody(contentLength: bytes.count) { writer in
            try await writer.write(ByteBuffer(bytes: bytes.prefix(bytes.count / 2)))
            try? await channel.close()
            throw Closed()
        }
        return Response(status: reply.status, headers: [.contentType: "application/json"], body: body)
    }

    private func endless() -> Response {
        let channel = channel
        let body = ResponseBody { writer in
            let blanks = ByteBuffer(repeating: UInt8(ascii: " "), count: 65_536)
            // Until the client closes the connection.
            while channel.isActive { try await writer.write(blanks) }
            throw Closed()
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }
}
