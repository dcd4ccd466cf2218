internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain
internal import Synchronization

/// Makes and reads the opaque `medication_id`: the same for the same product, tamper-evident, bound to its pharmacy.
///
/// The product code is sealed with AES-GCM under a nonce that is a keyed digest of the code and the pharmacy, so that
/// equal inputs, and only they, meet the same nonce. After its key was replaced, ids of the keys before are still read:
/// those that requests may use, and those that only orders placed before it carry.
package final class MedicationIDCodec: Sendable, Redacted {
    /// The keys there are, 32 bytes each.
    package struct Keys: Hashable, Sendable, Redacted {
        /// Makes ids.
        package let current: [UInt8]
        /// Ids of these are accepted in requests as well.
        package let accepted: [[UInt8]]
        /// Ids of these are read in orders that were placed before the key was distrusted, and accepted in no request.
        package let distrusted: [[UInt8]]

        package init(current: [UInt8], accepted: [[UInt8]] = [], distrusted: [[UInt8]] = []) {
            self.current = current
            self.accepted = accepted
            self.distrusted = distrusted
        }
    }

    /// The two keys that are made of one.
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
        /// Counts replacements: what was made before one is not what is made after it.
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

    /// Goes on with other keys, where they are others.
    package func replace(keys: Keys) {
        state.withLock { state in
            if state.keys != keys { state = State(keys, generation: state.generation + 1) }
        }
    }

    /// Changes whenever ids are made with another key.
    var generation: Int { state.withLock(\.generation) }

    package func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let cipher = state.withLock(\.current)
        let place = Array(pharmacy.description.utf8)
        let code = Array(productCode.utf8)
        let digest = HMAC<SHA256>.authenticationCode(for: place + [0] + code, using: cipher.nonces)
        let nonce = try AES.GCM.Nonce(data: Array(digest.prefix(12)))
        let box = try AES.GCM.seal(code, using: cipher.sealing, nonce: nonce, authenticating: place)
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
        guard id.utf8.count <= OrderRules.medicationIDLimit, let bytes = Base64URL.decode(id) else { return nil }
        for cipher in ciphers {
            if let code = cipher.open(bytes, pharmacy: pharmacy) { return code }
        }
        return nil
    }
}
