internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// The certificate that the server shows, read from two PEM files, and read again at every `SIGHUP`: connections that
/// begin afterwards get the new one, those under way keep theirs.
final class ServerCertificate: Service {
    private struct Material {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    private let certificateFile: String
    private let keyFile: String
    private let material: Mutex<Material>
    private let logger: Logger

    /// - Parameters:
    ///   - certificateFile: the certificate and those that lead from it to a root, in PEM.
    ///   - keyFile: its private key, in PEM and without a passphrase.
    /// - Throws: `ConfigurationError`.
    init(certificateFile: String, keyFile: String, logger: Logger) throws {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.logger = logger
        material = Mutex(try ServerCertificate.read(certificateFile: certificateFile, keyFile: keyFile))
    }

    /// TLS 1.2 and later with the certificate of the moment.
    var configuration: TLSConfiguration {
        let current = material.withLock(\.self)
        var configuration = ServerCertificate.configuration(current)
        configuration.sslContextCallback = { [self] _, promise in
            let current = material.withLock(\.self)
            var change = NIOSSLContextConfigurationOverride()
            change.certificateChain = current.chain.map { .certificate($0) }
            change.privateKey = .privateKey(current.key)
            promise.succeed(change)
        }
        return configuration
    }

    /// Waits for `SIGHUP` until the server stops.
    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in await UnixSignalsSequence(trapping: .sighup) { reload() }
        }
    }

    /// Reads the files again. Files that do not belong together, or cannot be read, change nothing.
    func reload() {
        do {
            let fresh = try ServerCertificate.read(certificateFile: certificateFile, keyFile: keyFile)
            material.withLock { $0 = fresh }
            logger.notice("the certificate was read anew")
        } catch {
            logger.error("the certificate stays as it was: \(error)")
        }
    }

    private static func read(certificateFile: String, keyFile: String) throws -> Material {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificateFile), !chain.isEmpty else {
            throw ConfigurationError(
                description: "UP_TLS_CERT must name a file with certificates in PEM: \(problem(certificateFile)).")
        }
        guard let key = try? NIOSSLPrivateKey(file: keyFile, format: .pem) else {
            throw ConfigurationError(
                description: "UP_TLS_KEY must name a file with a private key in PEM: \(problem(keyFile)).")
        }
        let material = Material(chain: chain, key: key)
        guard (try? NIOSSLContext(configuration: configuration(material))) != nil else {
            throw ConfigurationError(
                description: "The private key of UP_TLS_KEY does not belong to the certificate of UP_TLS_CERT.")
        }
        return material
    }

    /// Why nothing could be read of a file: the system's reason, or that it holds something else.
    private static func problem(_ file: String) -> String {
        access(file, R_OK) == 0
            ? "this one holds none, or one with a passphrase" : String(cString: strerror(errno)).lowercased()
    }

    /// What is offered in TLS 1.2: forward secrecy and authenticated encryption alone (RFC 9325 §4.2), so that neither a
    /// key that leaks later nor the padding of CBC opens what was sent. Those of TLS 1.3 are all of this kind.
    ///
    /// The client's order decides: BoringSSL's server order is not reachable through NIOSSL, and among these suites the
    /// client knows best which its processor is quick at.
    private static let suites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    private static func configuration(_ material: Material) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: material.chain.map { .certificate($0) }, privateKey: .privateKey(material.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = suites
        return configuration
    }
}
