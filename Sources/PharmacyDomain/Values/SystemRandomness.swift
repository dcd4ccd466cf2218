internal import Glibc
internal import Synchronization

/// Random bytes of the operating system's generator, drawn many at a time: each draw is a system call, and an order needs a dozen
/// ids and nonces.
package enum SystemRandomness {
    /// Bytes that are drawn at once: the most that the system call gives.
    private static let drawn = 256

    /// Bytes that were drawn and not handed out yet.
    private static let supply = Mutex<[UInt8]>([])

    /// - Parameter count: the number of bytes, 0 or more.
    /// - Returns: bytes that are never returned again.
    package static func bytes(_ count: Int) -> [UInt8] {
        supply.withLock { supply in
            while supply.count < count { supply += draw() }
            let start = supply.count - count
            defer {
                // What was handed out must not be found in memory later.
                for index in start..<supply.count { supply[index] = 0 }
                supply.removeLast(count)
            }
            return Array(supply[start...])
        }
    }

    private static func draw() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: drawn) { bytes, count in
            count = drawn
            if let start = bytes.baseAddress, getentropy(start, drawn) == 0 { return }
            // A kernel without the call: the standard library has other ways.
            var generator = SystemRandomNumberGenerator()
            for index in 0..<drawn { bytes.initializeElement(at: index, to: generator.next()) }
        }
    }
}
