internal import Foundation
internal import Hummingbird

/// Serves a constant string over the same HTTP stack, as a reference for the product's figures in one run.
@main
struct ReferenceServer {
    static func main() async throws {
        let router = Router()
        router.get("constant") { _, _ in "constant" }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                let line = "Listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)\n"
                FileHandle.standardOutput.write(Data(line.utf8))
            })
        try await application.runService()
    }
}
