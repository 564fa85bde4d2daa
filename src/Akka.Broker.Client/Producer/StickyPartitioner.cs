namespace Akka.Broker.Client.Producing;

/// <summary>
/// Where records of one topic go that have no key: to one partition until a batch's worth of bytes went there or its batch was sent, then to another, so that
/// few large batches are made instead of many small ones. The next is drawn by chance among the partitions that have a leader; where loads are known, the more
/// batches wait for a partition, the rarer it is drawn (KIP-794). Any thread.
/// <para>Invariants: the current partition is one of those drawn from, or none.</para>
/// </summary>
internal sealed class StickyPartitioner(int batchSize, Random random)
{
    private readonly Lock _gate = new();
    private int[] _partitions = [];
    private int[]? _weightsUpTo;
    private int _current = -1;
    private int _bytes;

    /// <summary>-1 while the topic has no partitions.</summary>
    public int Current
    {
        get
        {
            var current = Volatile.Read(ref _current);
            return current >= 0 ? current : Draw(current);
        }
    }

    /// <summary>Those with a leader, or all if none has one.</summary>
    public void SetPartitions(int[] partitions)
    {
        lock (_gate)
        {
            _partitions = partitions;
            _weightsUpTo = null;
            if (Array.IndexOf(partitions, _current) < 0)
                Volatile.Write(ref _current, -1);
        }
    }

    /// <summary>How many batches wait for each of the partitions, in their order; negative for one that is not to be drawn at all.</summary>
    public void SetLoads(ReadOnlySpan<int> waiting)
    {
        lock (_gate)
        {
            if (waiting.Length != _partitions.Length)
                return;
            var most = 0;
            var least = int.MaxValue;
            foreach (var load in waiting)
            {
                most = Math.Max(most, load);
                least = Math.Min(least, load);
            }
            if (most == least || most < 0)
            {
                _weightsUpTo = null;
                return;
            }
            var sums = _weightsUpTo?.Length == waiting.Length ? _weightsUpTo : new int[waiting.Length];
            var sum = 0;
            for (var i = 0; i < waiting.Length; i++)
                sums[i] = sum += waiting[i] < 0 ? 0 : most + 1 - waiting[i];
            _weightsUpTo = sums;
        }
    }

    /// <summary>A record went to the partition.</summary>
    public void Added(int partition, int bytes)
    {
        if (partition == Volatile.Read(ref _current) && Interlocked.Add(ref _bytes, bytes) >= batchSize)
            Draw(partition);
    }

    /// <summary>The partition's batch was sent before it was full.</summary>
    public void Sent(int partition)
    {
        if (partition == Volatile.Read(ref _current))
            Draw(partition);
    }

    /// <summary>The next one, unless somebody was faster.</summary>
    private int Draw(int from)
    {
        lock (_gate)
        {
            if (_current != from || _partitions.Length == 0)
                return _current;
            _bytes = 0;
            var index = random.Next(_weightsUpTo?[^1] ?? _partitions.Length);
            if (_weightsUpTo is { } sums)
            {
                // The first whose sum lies above the number drawn.
                var at = Array.BinarySearch(sums, index + 1);
                index = at < 0 ? ~at : FirstOf(sums, at);
            }
            Volatile.Write(ref _current, _partitions[index]);
            return _partitions[index];
        }
    }

    private static int FirstOf(int[] sums, int at)
    {
        while (at > 0 && sums[at - 1] == sums[at])
            at--;
        return at;
    }
}
