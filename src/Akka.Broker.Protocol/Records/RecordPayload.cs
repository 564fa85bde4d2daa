using Akka.Broker.Protocol.Compression;

namespace Akka.Broker.Protocol.Records;

/// <summary>A batch's decompressed records; owns the memory if there was anything to decompress.</summary>
public sealed class RecordPayload : IDisposable
{
    private readonly RecordBatch _batch;
    private readonly BoundedBuffer? _buffer;

    internal RecordPayload(RecordBatch batch, BoundedBuffer? buffer)
    {
        _batch = batch;
        _buffer = buffer;
    }

    public ReadOnlySpan<byte> Bytes => _buffer is null ? _batch.Payload.Span : _buffer.Written;

    /// <summary>For <c>foreach</c>, any number of times.</summary>
    public RecordReader Records => new(_batch, Bytes);

    public void Dispose() => _buffer?.Dispose();
}
