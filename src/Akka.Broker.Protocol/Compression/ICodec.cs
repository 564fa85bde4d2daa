using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Compression;

/// <summary>
/// One way to compress the records of a batch, in exactly the framing that Kafka's clients use for it.
/// Implementations have no state: any thread, any number at once.
/// </summary>
public interface ICodec
{
    CompressionType Type { get; }

    /// <summary>Appends the compressed form of <paramref name="source"/> to <paramref name="destination"/>.</summary>
    /// <exception cref="CodecUnavailableException">A library that it needs is missing.</exception>
    void Compress(ReadOnlySpan<byte> source, BoundedBuffer destination);

    /// <summary>Appends what <paramref name="source"/> was made from. After an exception what stands in <paramref name="destination"/> is of no use.</summary>
    /// <exception cref="CorruptCompressedDataException">The bytes are not valid.</exception>
    /// <exception cref="DecompressedSizeExceededException">The destination's bound is too small for them.</exception>
    /// <exception cref="CodecUnavailableException">A library that it needs is missing.</exception>
    void Decompress(ReadOnlySpan<byte> source, BoundedBuffer destination);
}
