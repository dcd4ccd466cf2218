import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// A certificate that signs itself, valid for two days, and its private key.
package struct SelfSignedCertificate: Sendable {
    /// The kinds of keys that servers use.
    package enum Algorithm: String, Sendable {
        case ecdsa
        case rsa
    }

    /// In PEM.
    package let certificate: String
    /// In PEM.
    package let privateKey: String

    /// - Parameter host: the subject's alternative name: an IPv4 address or a DNS name.
    package init(commonName: String, host: String, algorithm: Algorithm = .ecdsa) throws {
        let key =
            switch algorithm {
            case .ecdsa: Certificate.PrivateKey(P256.Signing.PrivateKey())
            case .rsa: Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            }
        let subject = try DistinguishedName { CommonName(commonName) }
        let address = host.split(separator: ".").compactMap { UInt8($0) }
        let name: GeneralName =
            address.count == 4 ? .ipAddress(ASN1OctetString(contentBytes: ArraySlice(address))) : .dnsName(host)
        let now = Date()
        let signed = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-60), notValidAfter: now.addingTimeInterval(2 * 86_400),
            issuer: subject, subject: subject,
            signatureAlgorithm: algorithm == .ecdsa ? .ecdsaWithSHA256 : .sha256WithRSAEncryption,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([name])
            }, issuerPrivateKey: key)
        certificate = try signed.serializeAsPEM().pemString
        privateKey = try key.serializeAsPEM().pemString
    }
}
