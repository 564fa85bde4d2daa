using Akka.Broker.Protocol.Compression;

namespace Akka.Broker.Protocol.Records;

/// <summary>From a batch to its records.</summary>
public static class RecordBatchReader
{
    /// <summary>
    /// The records of <paramref name="batch"/>, decompressed if need be into pooled memory. Dispose what is returned and use no view of it afterwards.
    /// </summary>
    /// <param name="batch">Whose header is whole (<see cref="RecordBatch.TryRead"/>).</param>
    /// <param name="bytesMax">The most that compressed records may decompress to.</param>
    /// <exception cref="CodecException">See its kinds.</exception>
    /// <exception cref="InvalidRecordException">The codec's number is unknown.</exception>
    public static RecordPayload Decompress(RecordBatch batch, int bytesMax)
    {
        if (batch.Compression == CompressionType.None)
            return new RecordPayload(batch, null);
        if (!Codecs.IsKnown(batch.Compression))
            throw new InvalidRecordException($"codec {(int)batch.Compression} of the batch at base offset {batch.BaseOffset} is none of 0 to 4");
        var payload = batch.Payload.Span;
        var buffer = new BoundedBuffer(bytesMax, (int)Math.Min(bytesMax, 4L * payload.Length));
        try
        {
            Codecs.Get(batch.Compression).Decompress(payload, buffer);
            return new RecordPayload(batch, buffer);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}

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
