namespace Akka.Broker.Client;

/// <summary>
/// Reads keys or values as the memory that they were fetched into, without a copy: for <c>await foreach</c> over very many records. What it returns is valid until the next
/// record is asked for. Handlers and actors get a copy of their own, which they may keep.
/// </summary>
public sealed class BorrowedBytes : IMemoryDeserializer<ReadOnlyMemory<byte>>
{
    public static readonly BorrowedBytes Instance = new();

    public ReadOnlyMemory<byte> Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => data.ToArray();

    public ReadOnlyMemory<byte> DeserializeMemory(ReadOnlyMemory<byte> data, bool isNull, in SerializationContext context) => data;
}

/// <summary>A deserializer that can make its result of memory that stays valid until the next record is asked for.</summary>
public interface IMemoryDeserializer<out T> : IDeserializer<T>
{
    /// <param name="data">Empty for null.</param>
    /// <param name="isNull">It is null, which is not the same as empty.</param>
    /// <param name="context">Where it comes from.</param>
    T DeserializeMemory(ReadOnlyMemory<byte> data, bool isNull, in SerializationContext context);
}
