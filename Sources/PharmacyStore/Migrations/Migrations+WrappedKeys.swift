extension Migrations {
    /// Says of each wrapped key how it is wrapped (1 binds the wrap to the key's purpose and name, 2 to its id, too), and how
    /// much it has sealed.
    ///
    /// Adds columns with a constant default: both engines change their catalog alone, in milliseconds however many keys
    /// there are. The keys themselves are wrapped again when the store is opened, for that takes the master key.
    static let wrappedKeyFormat: [SQL] = [
        "ALTER TABLE wrapped_keys ADD COLUMN wrap_format INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE wrapped_keys ADD COLUMN seals INTEGER NOT NULL DEFAULT 0",
    ]
}
