using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Coordination.Records;

/// <summary>A group's write as bytes, ready to be put into a batch with others'.</summary>
public sealed class EncodedWrite
{
    /// <summary>More than a record's length, attributes, deltas, sizes and header count can take.</summary>
    private const int RecordOverheadMax = 32;

    private readonly (byte[] Key, byte[]? Value)[] _records;

    public EncodedWrite(GroupWrite write)
    {
        Write = write;
        _records = new (byte[] Key, byte[]? Value)[write.Records.Count];
        for (var i = 0; i < _records.Length; i++)
        {
            _records[i] = GroupRecordCodec.Encode(write.Records[i]);
            SizeInBytesMax += RecordOverheadMax + _records[i].Key.Length + (_records[i].Value?.Length ?? 0);
        }
    }

    public GroupWrite Write { get; }

    /// <summary>An upper bound of what its records take in a batch.</summary>
    public int SizeInBytesMax { get; }

    /// <summary>Whether a batch of the limit's size can hold it and what is there already.</summary>
    public bool FitsBehind(int sizeInBytes, int batchBytesMax) => (long)sizeInBytes + SizeInBytesMax <= batchBytesMax;

    public void AppendTo(RecordBatchBuilder batch, long timestampMs)
    {
        foreach (var (key, value) in _records)
            batch.Append(timestampMs, key, value);
    }
}
