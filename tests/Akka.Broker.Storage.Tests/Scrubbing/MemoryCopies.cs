using Akka.Broker.Protocol;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>Other replicas as a spec plays them: logs in this process, read a few bytes at a time.</summary>
internal sealed class MemoryCopies(params PartitionLog[] replicas) : IReplicaCopies
{
    /// <summary>Changes what a replica sends.</summary>
    public Func<byte[], byte[]> OnRead { get; set; } = static bytes => bytes;

    public int Open { get; private set; }

    public IReadOnlyList<IReplicaCopy> Of(TopicIdPartition partition, out string whyNone)
    {
        whyNone = "no other replica is in sync";
        Open += replicas.Length;
        return [.. replicas.Select((log, i) => new MemoryCopy(this, log, i + 2))];
    }

    public bool TryForget(TopicIdPartition partition, long endOffset, CancellationToken stopped, out string? whyNot)
    {
        whyNot = null;
        return false;
    }

    private sealed class MemoryCopy(MemoryCopies owner, PartitionLog log, int broker) : IReplicaCopy
    {
        public string Name => $"broker {broker}";

        public ReadOnlyMemory<byte> Read(long offset, CancellationToken stopped)
        {
            try
            {
                using var records = log.Read(offset, 300, log.LogEndOffset, minOneBatch: true);
                return owner.OnRead(records.ToArray());
            }
            catch (StorageException e)
            {
                throw new ReplicaCopyException($"{Name} answers {e.GetType().Name}", e);
            }
        }

        public void Dispose() => owner.Open--;
    }
}
