/// Renders one kind of value in the bytes that the API sends.
package struct Rendering<Value: Sendable>: Sendable {
    /// The version of the encoder, from 1 to 65,535. A stored representation of an earlier version is rendered again when it
    /// is read.
    package let version: Int
    /// Whether the rendered JSON is the stored document too. It is then stored once.
    package let rendersDocument: Bool
    private let render: @Sendable (Value) -> [UInt8]

    package init(version: Int, rendersDocument: Bool, render: @escaping @Sendable (Value) -> [UInt8]) {
        self.version = version
        self.rendersDocument = rendersDocument
        self.render = render
    }

    package func representation(of value: Value, id: String) -> Representation {
        Representation(version: version, id: id, bytes: render(value))
    }
}
