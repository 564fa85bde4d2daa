using Akka.Broker.Client.Cluster;

namespace Akka.Broker.Client.Producing;

/// <summary>A topic's partitions, the choice among them, and the records that wait for metadata or memory. Any thread.</summary>
internal sealed class TopicQueue
{
    private readonly Lock _growing = new();
    private PartitionQueue[] _partitions = [];
    private int _parkedCount;

    public TopicQueue(string name, int batchSize, Random random)
    {
        Name = name;
        Sticky = new StickyPartitioner(batchSize, random);
    }

    public string Name { get; }

    public StickyPartitioner Sticky { get; }

    /// <summary>Empty while the topic is not known.</summary>
    public PartitionQueue[] Partitions => Volatile.Read(ref _partitions);

    /// <summary>First come, first served; its own lock guards it.</summary>
    public Queue<ParkedRecord> Parked { get; } = new();

    /// <summary>While some wait, all that come later wait behind them.</summary>
    public bool HasParked => Volatile.Read(ref _parkedCount) > 0;

    /// <summary>Under the lock of <see cref="Parked"/>.</summary>
    public void Park(ParkedRecord record)
    {
        Parked.Enqueue(record);
        Volatile.Write(ref _parkedCount, Parked.Count);
    }

    /// <summary>Under the lock of <see cref="Parked"/>.</summary>
    public void Unpark()
    {
        Parked.Dequeue();
        Volatile.Write(ref _parkedCount, Parked.Count);
    }

    /// <summary>As the cluster is seen now. Partitions that went away keep their queue: what is in it times out, or they come back.</summary>
    public void Update(TopicView view)
    {
        lock (_growing)
        {
            if (view.Partitions.Length > _partitions.Length)
            {
                var grown = new PartitionQueue[view.Partitions.Length];
                for (var i = 0; i < grown.Length; i++)
                    grown[i] = i < _partitions.Length ? _partitions[i] : new PartitionQueue(this, i);
                Volatile.Write(ref _partitions, grown);
            }
            int[] led = [.. view.Partitions.Where(p => p.LeaderId >= 0).Select(p => p.Index)];
            Sticky.SetPartitions(led.Length > 0 ? led : [.. view.Partitions.Select(p => p.Index)]);
        }
    }
}
