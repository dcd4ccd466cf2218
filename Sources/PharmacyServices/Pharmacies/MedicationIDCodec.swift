internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain
internal import Synchronization

/// Makes and reads the opaque `medication_id`: the same for the same product, tamper-evident, bound to its pharmacy.
///
/// The product code is encrypted with AES-GCM. The nonce is a keyed digest of the code and the pharmacy, so that equal inputs,
/// and no others, have the same nonce. After the key was replaced, ids of earlier keys can still be read: some in requests, some
/// only in orders that were placed before.
package final class MedicationIDCodec: Sendable, Redacted {
    /// The present and earlier keys, 32 bytes each.
    package struct Keys: Hashable, Sendable, Redacted {
        /// Makes ids.
        package let current: [UInt8]
        /// Requests may use ids of these, too.
        package let accepted: [[UInt8]]
        /// Only orders that were placed before the key was distrusted may have ids of these.
        package let distrusted: [[UInt8]]

        package init(current: [UInt8], accepted: [[UInt8]] = [], distrusted: [[UInt8]] = []) {
            self.current = current
            self.accepted = accepted
            self.distrusted = distrusted
        }
    }

    /// The two keys that are derived from one.
    private struct Cipher: Sendable {
        let sealing: SymmetricKey
        let nonces: SymmetricKey

        init(_ key: [UInt8]) {
            let root = SymmetricKey(data: key)
            sealing = HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array("seal".utf8), outputByteCount: 32)
            nonces = HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array("nonce".utf8), outputByteCount: 32)
        }

        func open(_ bytes: [UInt8], pharmacy: PharmacyID) -> String? {
            guard let box = try? AES.GCM.SealedBox(combined: bytes),
                let code = try? AES.GCM.open(box, using: sealing, authenticating: Array(pharmacy.description.utf8))
            else { return nil }
            return String(validating: code, as: UTF8.self)
        }
    }

    private struct State: Sendable {
        let keys: Keys
        let current: Cipher
        let accepted: [Cipher]
        let distrusted: [Cipher]
        /// The number of replacements. Ids of another generation differ.
        let generation: Int

        init(_ keys: Keys, generation: Int) {
            self.keys = keys
            self.generation = generation
            current = Cipher(keys.current)
            accepted = keys.accepted.map(Cipher.init)
            distrusted = keys.distrusted.map(Cipher.init)
        }
    }

    private let state: Mutex<State>

    package init(keys: Keys) {
        state = Mutex(State(keys, generation: 0))
    }

    /// - Parameter key: 32 bytes.
    package convenience init(key: [UInt8]) { self.init(keys: Keys(current: key)) }

    /// Replaces the keys, where they are different.
    package func replace(keys: Keys) {
        state.withLock { state in
            if state.keys != keys { state = State(keys, generation: state.generation + 1) }
        }
    }

    /// Changes whenever ids are made with another key.
    var generation: Int { state.withLock(\.generation) }

    package func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let cipher = state.withLock(\.current)
        let pharmacyBytes = Array(pharmacy.description.utf8)
        let code = Array(productCode.utf8)
        let digest = HMAC<SHA256>.authenticationCode(for: pharmacyBytes + [0] + code, using: cipher.nonces)
        let nonce = try AES.GCM.Nonce(data: Array(digest.prefix(12)))
        let box = try AES.GCM.seal(code, using: cipher.sealing, nonce: nonce, authenticating: pharmacyBytes)
        return Base64URL.encode(Array(nonce) + Array(box.ciphertext) + Array(box.tag))
    }

    /// The product code; `nil` for an id that was altered or made for another pharmacy.
    package func decode(_ id: String, pharmacy: PharmacyID) -> String? {
        let state = state.withLock(\.self)
        return decode(id, pharmacy: pharmacy, with: [state.current] + state.accepted)
    }

    /// The product code of an order that was placed, also where the key of its id was distrusted since.
    package func decode(placed id: String, pharmacy: PharmacyID) -> String? {
        let state = state.withLock(\.self)
        return decode(id, pharmacy: pharmacy, with: [state.current] + state.accepted + state.distrusted)
    }

    private func decode(_ id: String, pharmacy: PharmacyID, with ciphers: [Cipher]) -> String? {
        guard id.utf8.count <= OrderRules.medicationID.maximum, let bytes = Base64URL.decode(id) else { return nil }
        for cipher in ciphers {
            if let code = cipher.open(bytes, pharmacy: pharmacy) { return code }
        }
        return nil
    }
}
