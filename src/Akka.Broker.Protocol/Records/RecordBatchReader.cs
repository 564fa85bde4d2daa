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
