using System.Text;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// A key or a value: bytes, perhaps none, or null, which is something else (a null value deletes a key of a compacted topic).
/// A null array becomes null; a span never does, however empty. <c>default</c> is null.
/// </summary>
public readonly ref struct NullableBytes
{
    private readonly bool _isPresent;

    private NullableBytes(ReadOnlySpan<byte> span)
    {
        Span = span;
        _isPresent = true;
    }

    public static NullableBytes Null => default;

    public bool IsNull => !_isPresent;

    /// <summary>The bytes; empty for null.</summary>
    public ReadOnlySpan<byte> Span { get; }

    /// <summary>As the record format counts them: -1 for null.</summary>
    internal int Size => _isPresent ? Span.Length : -1;

    public static implicit operator NullableBytes(byte[]? bytes) => bytes is null ? default : new NullableBytes(bytes);

    public static implicit operator NullableBytes(ReadOnlySpan<byte> bytes) => new(bytes);

    public static implicit operator NullableBytes(ReadOnlyMemory<byte> bytes) => new(bytes.Span);

    public byte[]? ToArray() => _isPresent ? Span.ToArray() : null;

    /// <summary>Read as UTF-8, null if it is null: for messages and tests.</summary>
    public override string? ToString() => _isPresent ? Encoding.UTF8.GetString(Span) : null;
}
