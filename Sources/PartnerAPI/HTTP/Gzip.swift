internal import CZlib

/// Compresses the bodies of responses (RFC 1952). Equal contents have equal results, which contain no time.
package enum Gzip {
    /// How much work is done for a smaller result, as zlib counts it.
    package enum Effort: Int32, Sendable {
        /// For content that is soon out of date: a third of the work for 3 % more bytes.
        case moderate = 6
        /// For content that is compressed once and sent many times.
        case best = 9
    }

    /// - Returns: `nil` if there is no memory for it. The result is larger than the content if the content cannot be compressed.
    package static func compress(_ bytes: [UInt8], effort: Effort) -> [UInt8]? {
        var stream = z_stream()
        guard up_deflate_init_gzip(&stream, effort.rawValue) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let isFinished = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        guard isFinished else { return nil }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
