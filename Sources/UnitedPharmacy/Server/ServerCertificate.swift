internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import NIOCertificateReloading
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// The server's certificate and private key, read from two PEM files and read again at each `SIGHUP`. New connections
/// get the new certificate; open connections keep theirs.
///
/// The files are read by BoringSSL rather than by `TimedCertificateReloader`, which refuses key files that hold more
/// than the key, such as the parameters that `openssl ecparam -genkey` writes first.
final class ServerCertificate: CertificateReloader, Service {
    private struct Material {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    private let certificateFile: String
    private let keyFile: String
    private let material: Mutex<Material>
    private let logger: Logger

    /// - Parameters:
    ///   - certificateFile: the certificate and its chain up to a root, in PEM.
    ///   - keyFile: its private key, in PEM and without a passphrase.
    /// - Throws: `ConfigurationError`.
    init(certificateFile: String, keyFile: String, logger: Logger) throws {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.logger = logger
        material = Mutex(try ServerCertificate.read(certificateFile: certificateFile, keyFile: keyFile))
    }

    /// The current certificate and key, for the handshake of a new connection.
    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        let current = material.withLock(\.self)
        var configuration = NIOSSLContextConfigurationOverride()
        configuration.certificateChain = current.chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(current.key)
        return configuration
    }

    /// TLS 1.2 and later, with the certificate that is current at each handshake.
    var configuration: TLSConfiguration {
        var configuration = ServerCertificate.configuration(material.withLock(\.self))
        configuration.setCertificateReloader(self)
        return configuration
    }

    /// Waits for `SIGHUP` until the server stops.
    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in await UnixSignalsSequence(trapping: .sighup) { reload() }
        }
    }

    /// Reads the files again. If they cannot be read or do not belong together, the current certificate stays in use.
    func reload() {
        do {
            let fresh = try ServerCertificate.read(certificateFile: certificateFile, keyFile: keyFile)
            material.withLock { $0 = fresh }
            logger.notice("reloaded the certificate")
        } catch {
            logger.error("the certificate was not reloaded, the previous one stays in use: \(error)")
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

    /// Why a file could not be used: the system's reason, or that it contains something else.
    private static func problem(_ file: String) -> String {
        access(file, R_OK) == 0
            ? "it contains none, or one with a passphrase" : String(cString: strerror(errno)).lowercased()
    }

    /// The cipher suites of TLS 1.2: only those with forward secrecy and authenticated encryption (RFC 9325 §4.2), so
    /// that neither a key that leaks later nor an attack on CBC padding reveals traffic. All suites of TLS 1.3 are of
    /// this kind.
    ///
    /// The client's order of preference decides, because NIOSSL cannot set BoringSSL's server preference. The client
    /// also knows which of these suites its processor computes fastest.
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
