using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>A log of batches, each with the epoch it was written in; a record is known by its batch's number.</summary>
internal sealed class ModelLog : IEpochHistory
{
    private readonly MemoryEpochs _epochs = new();

    public List<ModelBatch> Batches { get; } = [];

    public long Start { get; private set; }

    public long End { get; private set; }

    public long Watermark { get; set; }

    public int LatestEpoch => _epochs.LatestEpoch;

    public OffsetAndEpoch? EndOf(int epoch, long logEndOffset) => _epochs.EndOf(epoch, logEndOffset);

    public void BeginEpoch(int epoch) => _epochs.Assign(epoch, End);

    public void Append(ModelBatch batch)
    {
        Assert.True(batch.First >= End);
        _epochs.Assign(batch.Epoch, batch.First);
        Batches.Add(batch);
        End = batch.Next;
    }

    public void TruncateTo(long offset)
    {
        if (offset < Start)
        {
            RestartAt(offset);
            return;
        }

        while (Batches.Count > 0 && Batches[^1].Next > offset)
        {
            End = Batches[^1].First;
            Batches.RemoveAt(Batches.Count - 1);
        }

        _epochs.TruncateFromEnd(End);
        Start = Math.Min(Start, End);
        Watermark = Math.Min(Watermark, End);
    }

    public void RestartAt(long offset)
    {
        Batches.Clear();
        _epochs.Clear();
        Start = End = Watermark = offset;
    }

    public void RaiseStart(long offset)
    {
        Start = Math.Max(Start, offset);
        Batches.RemoveAll(b => b.Next <= Start);
    }

    public List<ModelBatch> Read(long from, int max) => [.. Batches.Where(b => b.Next > from).Take(max)];

    public long? NumberAt(long offset) => Batches.Find(b => b.First <= offset && offset < b.Next)?.Number;
}

internal sealed record ModelBatch(long First, long Next, int Epoch, long Number);
