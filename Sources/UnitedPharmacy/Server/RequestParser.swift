internal import HTTPTypes
internal import NIOCore
internal import PartnerAPI

/// Reads HTTP/1.0 and HTTP/1.1 requests (RFC 9112) out of a connection's bytes, as a value without I/O.
///
/// It accepts the part of the grammar that API clients send, and refuses everything that two implementations could read
/// differently, because request smuggling relies on that: bare CR or LF, folded lines, space before a colon, more than
/// one Content-Length, Content-Length together with Transfer-Encoding, transfer codings other than `chunked`. Unlike
/// NIO's decoder it ignores offers of an upgrade (RFC 9110 §7.8), accepts every method, and reports which rule was
/// broken. A test checks that NIO's decoder reads everything that this parser accepts in the same way.
struct RequestParser {
    /// A parsed part of a request.
    enum Part: Equatable {
        /// The complete header section.
        case head(HTTPRequest, ConnectionSemantics)
        /// Some bytes of the body.
        case body(ByteBuffer)
        /// The end of the request.
        case end
        /// The request is refused, and nothing more is read. `standIn` replaces the head, unless that was returned
        /// before.
        case refused(RequestRefusal, standIn: HTTPRequest?)
    }

    private enum State {
        case requestLine
        case fields
        case body(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
        case end
        case refused
    }

    private let limits: ConnectionLimits
    private var state = State.requestLine
    private var head = RequestHead()
    /// The number of bytes at the start of the buffer without a line end, which are not searched again.
    private var searched = 0
    /// The bytes of the current header section or trailer section.
    private var fieldBytes = 0
    private var fieldCount = 0

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    /// Removes the next part from the buffer; `nil` if more bytes are needed.
    mutating func next(_ buffer: inout ByteBuffer) -> Part? {
        do throws(RequestRefusal) {
            return try read(&buffer)
        } catch {
            let isInHead = isInHead
            state = .refused
            return .refused(error, standIn: isInHead ? head.standIn : nil)
        }
    }

    /// Evaluates the end of the input.
    /// - Returns: the refusal of a request with an incomplete body; `nil` between requests and within a head, whose sender
    ///   does not expect a response.
    func end() -> RequestRefusal? {
        if isInHead { return nil }
        if case .refused = state { return nil }
        return RequestRefusal(.badRequest, "The body is incomplete.")
    }

    /// Whether a header was received in part.
    var isAmidHead: Bool {
        if case .fields = state { true } else { false }
    }

    private var isInHead: Bool {
        switch state {
        case .requestLine, .fields: true
        default: false
        }
    }

    private mutating func read(_ buffer: inout ByteBuffer) throws(RequestRefusal) -> Part? {
        while true {
            switch state {
            case .requestLine:
                skipEmptyLines(&buffer)
                if let byte = buffer.readableBytesView.first, byte != 0x0D, !RequestHead.isTokenByte(byte) {
                    // For example the first byte of TLS: its client would wait for a response to an incomplete line.
                    throw RequestHead.noRequest
                }
                guard let line = try line(.request, of: &buffer) else { return nil }
                startSection()
                try head.readRequestLine(line.readableBytesView)
                state = .fields
            case .fields:
                guard let line = try fieldLine(of: &buffer) else { return nil }
                guard line.readableBytes == 0 else {
                    try head.readField(line.readableBytesView)
                    continue
                }
                return try endOfHead()
            case .body(let remaining):
                guard let bytes = take(remaining, of: &buffer) else { return nil }
                let left = remaining - bytes.readableBytes
                state = left == 0 ? .end : .body(remaining: left)
                return .body(bytes)
            case .chunkSize:
                guard let line = try line(.chunkSize, of: &buffer) else { return nil }
                let size = try RequestHead.chunkSize(line.readableBytesView)
                startSection()
                state = size == 0 ? .trailers : .chunk(remaining: size)
            case .chunk(let remaining):
                guard let bytes = take(remaining, of: &buffer) else { return nil }
                let left = remaining - bytes.readableBytes
                state = left == 0 ? .chunkEnd : .chunk(remaining: left)
                return .body(bytes)
            case .chunkEnd:
                guard let line = try line(.chunkEnd, of: &buffer) else { return nil }
                assert(line.readableBytes == 0)
                state = .chunkSize
            case .trailers:
                // Trailers are checked and dropped (RFC 9110 §6.5.1): the server uses none.
                guard let line = try fieldLine(of: &buffer) else { return nil }
                guard line.readableBytes > 0 else {
                    state = .end
                    continue
                }
                var trailers = RequestHead()
                try trailers.readField(line.readableBytesView)
            case .end:
                state = .requestLine
                return .end
            case .refused:
                buffer.clear()
                return nil
            }
        }
    }

    private mutating func endOfHead() throws(RequestRefusal) -> Part {
        let part = Part.head(try head.request(), head.semantics)
        switch try head.framing() {
        case .length(0): state = .end
        case .length(let length): state = .body(remaining: length)
        case .chunked: state = .chunkSize
        }
        // Releases the memory of the head: an idle connection needs none.
        head = RequestHead()
        return part
    }

    // MARK: Lines

    private enum Line {
        case request
        case field
        case chunkSize
        case chunkEnd
    }

    /// Skips empty lines in front of a request (RFC 9112 §2.2).
    private func skipEmptyLines(_ buffer: inout ByteBuffer) {
        while buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) == 0x0D0A {
            buffer.moveReaderIndex(forwardBy: 2)
        }
    }

    private mutating func startSection() {
        fieldBytes = 0
        fieldCount = 0
    }

    /// The line of a field, within the limits of its section. An empty line ends the section.
    private mutating func fieldLine(of buffer: inout ByteBuffer) throws(RequestRefusal) -> ByteBuffer? {
        guard let line = try line(.field, of: &buffer) else { return nil }
        fieldBytes += line.readableBytes
        fieldCount += line.readableBytes == 0 ? 0 : 1
        guard fieldCount <= limits.headerFields else {
            throw RequestRefusal(
                .headerFieldsTooLarge, "The request has more than \(limits.headerFields) header fields.")
        }
        return line
    }

    /// A line without its end; `nil` until the end has been received.
    private mutating func line(_ kind: Line, of buffer: inout ByteBuffer) throws(RequestRefusal) -> ByteBuffer? {
        let bytes = buffer.readableBytesView
        let limit = limit(kind)
        guard let feed = bytes.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            // One more byte than the limit, for the CR after a line of the greatest length.
            guard bytes.count <= limit + 1 else { throw tooLong(kind) }
            searched = bytes.count
            return nil
        }
        searched = 0
        let length = feed - bytes.startIndex - 1
        guard length <= limit else { throw tooLong(kind) }
        guard length >= 0, bytes[feed - 1] == UInt8(ascii: "\r"), let line = buffer.readSlice(length: length) else {
            throw RequestRefusal(.badRequest, "Lines of the request must end in CR and LF, not in LF alone.")
        }
        buffer.moveReaderIndex(forwardBy: 2)
        return line
    }

    /// The most bytes of a line without its end.
    private func limit(_ kind: Line) -> Int {
        switch kind {
        case .request: limits.requestLineBytes
        case .field: limits.headerBytes - fieldBytes
        // The server ignores chunk extensions.
        case .chunkSize: 256
        case .chunkEnd: 0
        }
    }

    private func tooLong(_ kind: Line) -> RequestRefusal {
        switch kind {
        case .request:
            RequestRefusal(.uriTooLong, "The request line is longer than \(limits.requestLineBytes) bytes.")
        case .field:
            RequestRefusal(
                .headerFieldsTooLarge, "The header fields are longer than \(limits.headerBytes) bytes in total.")
        case .chunkSize: RequestRefusal(.badRequest, "The line of a chunk's size is longer than 256 bytes.")
        case .chunkEnd: RequestRefusal(.badRequest, "A chunk of the body is longer than its size.")
        }
    }

    /// At most `count` of the buffered bytes; `nil` if there are none.
    private func take(_ count: Int, of buffer: inout ByteBuffer) -> ByteBuffer? {
        buffer.readableBytes == 0 ? nil : buffer.readSlice(length: min(count, buffer.readableBytes))
    }
}
