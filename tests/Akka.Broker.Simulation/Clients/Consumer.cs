using Akka.Broker.Protocol;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Clients;

/// <summary>Reads all partitions from their beginning, again and again, and looks at all that it is given.</summary>
internal sealed class Consumer(World world, int address, int intervalMs) : SimClient(world, address)
{
    private readonly Dictionary<TopicIdPartition, View> _views = [];

    public override void Start()
    {
        Refresh();
        After(intervalMs, Next);
    }

    /// <summary>Whether it has read all before the offset.</summary>
    public bool HasRead(TopicIdPartition partition, long offset) => _views.TryGetValue(partition, out var view) && view.Offset >= offset;

    private void Next()
    {
        RefreshIfOld();
        if (AnyPartition() is not { } partition)
            Refresh();
        else
            Poll(partition);
        After((intervalMs / 2) + Random.Next(intervalMs), Next);
    }

    private void Poll(TopicIdPartition id)
    {
        if (!Image.TryGetPartition(id, out var partition) || !partition.HasLeader)
        {
            Refresh();
            return;
        }
        var ledger = World.LedgerOf(id);
        if (!_views.TryGetValue(id, out var view) || view.Losses != ledger.LossCount)
            _views[id] = view = new View { Losses = ledger.LossCount };
        if (view.IsBusy)
            return;
        if (partition.LeaderEpoch < view.LeaderEpoch)
        {
            Refresh();
            return;
        }
        if (!World.IsHealing && Random.Next(40) == 0)
            view.Offset = 0;
        view.IsBusy = true;
        var offset = view.Offset;
        Ask(partition.Leader, new Consume(id, partition.LeaderEpoch, offset), reply =>
        {
            view.IsBusy = false;
            if (view.Losses == ledger.LossCount)
                OnReply(id, view, offset, reply as Consumed);
        });
    }

    private void OnReply(TopicIdPartition id, View view, long offset, Consumed? reply)
    {
        if (reply is not { Error: ErrorCode.None })
        {
            if (reply is { Error: ErrorCode.OffsetOutOfRange })
                throw new InvariantBrokenException($"{id}: a consumer that has read up to {offset} is told that there is no such offset");
            Refresh();
            return;
        }
        // What it shows was lost since, and excused.
        if (reply.LeaderEpoch < World.LedgerOf(id).SinceEpoch)
        {
            Refresh();
            return;
        }
        World.Counters.ClientViews++;
        if (reply.LeaderEpoch < view.LeaderEpoch)
            throw new InvariantBrokenException($"{id}: a consumer saw leader epoch {view.LeaderEpoch} and then {reply.LeaderEpoch}");
        if (reply.HighWatermark < view.HighWatermark)
            throw new InvariantBrokenException($"{id}: a consumer saw the watermark {view.HighWatermark} in epoch {view.LeaderEpoch} and then {reply.HighWatermark} in epoch {reply.LeaderEpoch}");
        if (!World.BadReads.IsSound(reply.Records))
            return;
        (view.LeaderEpoch, view.HighWatermark) = (reply.LeaderEpoch, reply.HighWatermark);
        var batches = new List<LedgerBatch>();
        LedgerBatch.Split(reply.Records, batches);
        foreach (var batch in batches)
        {
            if (batch.NextOffset <= view.Offset)
                continue;
            if (batch.BaseOffset > view.Offset)
                throw new InvariantBrokenException($"{id}: a consumer that wants offset {view.Offset} is given {batch}");
            World.LedgerOf(id).OnRead(batch, reply.LeaderEpoch);
            view.Offset = batch.NextOffset;
        }
        if (batches.Count > 0 && view.Offset < reply.HighWatermark)
            World.Events.After(500, () => Poll(id), this);
    }

    private sealed class View
    {
        public long Offset { get; set; }

        public int LeaderEpoch { get; set; } = -1;

        public long HighWatermark { get; set; }

        public int Losses { get; init; }

        public bool IsBusy { get; set; }
    }
}
