using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Compression;

/// <summary>The bytes as they are.</summary>
internal sealed class NoCodec : ICodec
{
    public CompressionType Type => CompressionType.None;

    public void Compress(ReadOnlySpan<byte> source, BoundedBuffer destination) => destination.Write(source);

    public void Decompress(ReadOnlySpan<byte> source, BoundedBuffer destination) => destination.Write(source);
}
