namespace Akka.Broker.Protocol.Records;

/// <summary>A name and a value that travel with a record, to be kept or given to a builder.</summary>
public readonly record struct RecordHeader(string Key, byte[]? Value);

/// <summary>A view of one header of a record that is being read; the key is UTF-8.</summary>
public readonly ref struct RecordHeaderView(ReadOnlySpan<byte> key, NullableBytes value)
{
    public ReadOnlySpan<byte> Key { get; } = key;

    public NullableBytes Value { get; } = value;

    public RecordHeader ToHeader() => new(System.Text.Encoding.UTF8.GetString(Key), Value.ToArray());
}

/// <summary>
/// Walks over a record's headers: varint key length, key, varint value length (-1: null), value.
/// For <c>foreach</c>; a copy walks on its own. The record that yields it has checked them.
/// </summary>
public ref struct RecordHeaders
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;
    private int _left;

    internal RecordHeaders(ReadOnlySpan<byte> bytes, int count)
    {
        _bytes = bytes;
        Count = count;
        _left = count;
    }

    /// <summary>How many there are in all.</summary>
    public int Count { get; }

    public RecordHeaderView Current { get; private set; }

    /// <summary>The bytes of all headers without their count, as a builder can take them over.</summary>
    internal readonly ReadOnlySpan<byte> Bytes => _bytes;

    public readonly RecordHeaders GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_left == 0)
            return false;
        _left--;
        if (!TryReadHeader(_bytes, ref _position, out var header))
            throw new InvalidRecordException("a record's header is malformed");
        Current = header;
        return true;
    }

    public readonly RecordHeader[] ToArray()
    {
        var headers = new RecordHeader[Count];
        var i = 0;
        foreach (var header in this)
            headers[i++] = header.ToHeader();
        return headers;
    }

    internal static bool TryReadHeader(ReadOnlySpan<byte> bytes, scoped ref int position, out RecordHeaderView header)
    {
        header = default;
        if (!VarInt.TryRead(bytes, ref position, out var keyLength) || (uint)keyLength > (uint)(bytes.Length - position))
            return false;
        var key = bytes.Slice(position, keyLength);
        position += keyLength;
        if (!VarInt.TryRead(bytes, ref position, out var valueLength) || valueLength < -1 || valueLength > bytes.Length - position)
            return false;
        header = new RecordHeaderView(key, valueLength < 0 ? NullableBytes.Null : bytes.Slice(position, valueLength));
        position += Math.Max(0, valueLength);
        return true;
    }
}
