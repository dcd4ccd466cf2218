internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain

/// Makes and reads the opaque `medication_id`: the same for the same product, tamper-evident, bound to its pharmacy.
///
/// The product code is sealed with AES-GCM under a nonce that is a keyed digest of the code and the pharmacy, so that
/// equal inputs, and only they, meet the same nonce.
package struct MedicationIDCodec: Sendable, Redacted {
    private let sealing: SymmetricKey
    private let nonces: SymmetricKey

    /// - Parameter key: 32 bytes.
    package init(key: [UInt8]) {
        let root = SymmetricKey(data: key)
        sealing = HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array("seal".utf8), outputByteCount: 32)
        nonces = HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array("nonce".utf8), outputByteCount: 32)
    }

    package func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let place = Array(pharmacy.description.utf8)
        let code = Array(productCode.utf8)
        let digest = HMAC<SHA256>.authenticationCode(for: place + [0] + code, using: nonces)
        let nonce = try AES.GCM.Nonce(data: Array(digest.prefix(12)))
        let box = try AES.GCM.seal(code, using: sealing, nonce: nonce, authenticating: place)
        return Base64URL.encode(Array(nonce) + Array(box.ciphertext) + Array(box.tag))
    }

    /// The product code; `nil` for an id that was altered or made for another pharmacy.
    package func decode(_ id: String, pharmacy: PharmacyID) -> String? {
        guard let bytes = Base64URL.decode(id), let box = try? AES.GCM.SealedBox(combined: bytes),
            let code = try? AES.GCM.open(box, using: sealing, authenticating: Array(pharmacy.description.utf8))
        else { return nil }
        return String(validating: code, as: UTF8.self)
    }
}
