import Foundation
import Glibc
import Logging
import NIOSSL
import PharmacyTestSupport
import Testing

@testable import UnitedPharmacy

@Suite("The server's certificate", .timeLimit(.minutes(3)))
struct ServerCertificateTests {
    /// A certificate of 127.0.0.1 that signs itself, and its key.
    struct Pair {
        let certificate: String
        let key: String

        init(_ name: String, in directory: URL, algorithm: SelfSignedCertificate.Algorithm = .ecdsa) throws {
            certificate = directory.appending(path: "\(name).pem").path
            key = directory.appending(path: "\(name).key").path
            let made = try SelfSignedCertificate(commonName: name, host: "127.0.0.1", algorithm: algorithm)
            try Data(made.certificate.utf8).write(to: URL(filePath: certificate))
            try Data(made.privateKey.utf8).write(to: URL(filePath: key))
        }

        func copy(to other: Pair) throws {
            for (from, to) in [(certificate, other.certificate), (key, other.key)] {
                try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to))
            }
        }
    }

    /// The HTTP version of a response to ping; empty if the certificate is not trusted.
    private func ping(_ server: ServerProcess, trusting certificate: String, _ options: String...) throws -> String {
        let result = try runProgram(
            ["curl", "-s", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_version}", "--cacert", certificate]
                + options
                + [server.baseURL + "/ping"])
        return result.status == 0 ? result.output : ""
    }

    @Test("HTTPS is served with HTTP/2 and HTTP/1.1, and SIGHUP reloads the certificate")
    func servesAndReloads() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let served = try Pair("served", in: directory)
        let first = try Pair("first", in: directory)
        let second = try Pair("second", in: directory)
        try first.copy(to: served)
        let server = try ServerProcess(
            in: directory, settings: ["UP_TLS_CERT": served.certificate, "UP_TLS_KEY": served.key])
        defer { server.kill() }
        #expect(server.origin.hasPrefix("https://127.0.0.1:"))
        #expect(try ping(server, trusting: first.certificate) == "2")
        #expect(try ping(server, trusting: first.certificate, "--http1.1") == "1.1")
        #expect(try ping(server, trusting: first.certificate, "--tls-max", "1.1") == "")
        #expect(try ping(server, trusting: second.certificate) == "")

        try second.copy(to: served)
        server.send(signal: SIGHUP)
        var version = ""
        for _ in 0..<500 where version.isEmpty { version = try ping(server, trusting: second.certificate) }
        #expect(version == "2")
        #expect(try ping(server, trusting: first.certificate) == "")
        #expect(server.stop() == 0)
    }

    /// A handshake as `openssl s_client` makes it.
    struct Handshake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let options: [String]
        /// The text that its report must contain.
        let outcome: String

        private init(_ options: String, _ outcome: String) {
            testDescription = options
            self.options = options.split(separator: " ").map(String.init)
            self.outcome = outcome
        }

        /// With a certificate of either kind, `ECDSA` or `RSA`.
        static func all(_ kind: String) -> [Handshake] {
            [
                Handshake("-tls1_3", "New, TLSv1.3, Cipher is TLS_"),
                Handshake("-tls1_2", "New, TLSv1.2, Cipher is ECDHE-\(kind)-"),
            ]
                + ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map {
                    Handshake("-tls1_2 -cipher ECDHE-\(kind)-\($0)", "Cipher is ECDHE-\(kind)-\($0)")
                }
                // The alert shows the cause: no common cipher (40), or no common version (70).
                + [
                    "ECDHE-\(kind)-AES128-SHA", "ECDHE-\(kind)-AES256-SHA", "ECDHE-\(kind)-AES128-SHA256",
                    "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DHE-RSA-AES128-GCM-SHA256",
                ].map { Handshake("-tls1_2 -cipher \($0)", "SSL alert number 40") }
                + ["-tls1_1", "-tls1"].map { Handshake("\($0) -cipher ALL:@SECLEVEL=0", "SSL alert number 70") }
        }
    }

    @Test(
        "TLS 1.2 has only cipher suites with forward secrecy and authenticated encryption, and older versions are refused",
        arguments: [SelfSignedCertificate.Algorithm.ecdsa, .rsa])
    func suites(algorithm: SelfSignedCertificate.Algorithm) throws {
        let directory = try ServerProcess.temporaryDirectory()
        let pair = try Pair("served", in: directory, algorithm: algorithm)
        let server = try ServerProcess(
            in: directory, settings: ["UP_TLS_CERT": pair.certificate, "UP_TLS_KEY": pair.key])
        defer { server.kill() }
        let address = String(server.origin.dropFirst("https://".count))
        for handshake in Handshake.all(algorithm.rawValue.uppercased()) {
            let report = try runProgram(["openssl", "s_client", "-connect", address] + handshake.options)
            #expect(report.output.contains(handshake.outcome), "\(handshake): \(report.output.suffix(400))")
        }
    }

    @Test("Unreadable or mismatched files stop the start, and do not replace a loaded certificate")
    func wrongFiles() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let one = try Pair("one", in: directory)
        let other = try Pair("other", in: directory)
        let empty = directory.appending(path: "empty.pem").path
        try Data().write(to: URL(filePath: empty))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for (certificate, key, named) in [
            (one.certificate, other.key, "UP_TLS_KEY"), (empty, one.key, "UP_TLS_CERT"),
            (one.certificate, empty, "UP_TLS_KEY"), (one.key, one.key, "UP_TLS_CERT"),
            (directory.path + "/nothing", one.key, "UP_TLS_CERT"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try ServerCertificate(certificateFile: certificate, keyFile: key, logger: logger)
            }
            #expect(error?.description.contains(named) == true)
        }
        let certificate = try ServerCertificate(certificateFile: one.certificate, keyFile: one.key, logger: logger)
        let before = certificate.configuration.certificateChain
        try Data().write(to: URL(filePath: one.certificate))
        certificate.reload()
        #expect(certificate.configuration.certificateChain == before)
    }

    @Test("A key file may contain more than the key: EC parameters or the certificate")
    func combinedFiles() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let pair = try Pair("one", in: directory)
        let certificate = try String(contentsOfFile: pair.certificate, encoding: .utf8)
        let key = try String(contentsOfFile: pair.key, encoding: .utf8)
        // The OID of the curve prime256v1, as `openssl ecparam -genkey` writes it.
        let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for text in [parameters + key + "\n", key + "\n" + certificate + "\n"] {
            try Data(text.utf8).write(to: URL(filePath: pair.key))
            let read = try ServerCertificate(certificateFile: pair.certificate, keyFile: pair.key, logger: logger)
            #expect(read.configuration.certificateChain.count == 1)
        }
    }

    @Test("A certificate without a key stops the start", arguments: ["UP_TLS_CERT", "UP_TLS_KEY"])
    func halfOfAPair(name: String) async throws {
        let settings = try await Settings(flags: [name: "/somewhere.pem"], file: nil)
        #expect(throws: ConfigurationError.self) { try ServerConfiguration(settings) }
    }
}
