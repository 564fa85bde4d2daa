using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;

namespace Akka.Broker.Tests.Groups;

/// <summary>
/// Stands for shard region <c>partition</c> with one partition in it: appends to a log in memory and moves the watermark at once, or does what a
/// test asks for. Its own messages come in the order in which they are told.
/// </summary>
internal sealed class MemoryPartition : UntypedActor
{
    /// <summary>Answer the next append with this and append nothing.</summary>
    internal sealed record FailNext(ErrorCode Error);

    /// <summary>Append the next batch, answer that its fate is unknown, and lead anew.</summary>
    internal sealed record LoseNext;

    /// <summary>Keep appends until <see cref="Release"/>.</summary>
    internal sealed record Hold;

    internal sealed record Release;

    /// <summary>The leadership ends and another begins. Answered with itself.</summary>
    internal sealed record Close;

    /// <summary>Answered with the number of batches appended so far.</summary>
    internal sealed record CountBatches;

    private readonly TopicIdPartition _id;
    private readonly PartitionLog _log;
    private readonly LedPartitions _led;
    private readonly Queue<(AppendRecords Append, IActorRef Asker)> _held = [];
    private readonly Queue<ErrorCode> _failures = [];
    private WriterToken? _token;
    private LedPartition? _leading;
    private bool _holds;
    private bool _losesNext;
    private int _batches;

    public MemoryPartition(TopicIdPartition id, PartitionLog log, LedPartitions led)
    {
        _id = id;
        _log = log;
        _led = led;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Lead lead:
                Sender.Tell(new Leading(lead.Target, lead.LeaderEpoch, ErrorCode.None));
                break;
            case AppendRecords append when _holds:
                _held.Enqueue((append, Sender));
                break;
            case AppendRecords append:
                Append(append, Sender);
                break;
            case FailNext fail:
                _failures.Enqueue(fail.Error);
                break;
            case LoseNext:
                _losesNext = true;
                break;
            case Hold:
                _holds = true;
                break;
            case Release:
                _holds = false;
                while (_held.TryDequeue(out var held))
                    Append(held.Append, held.Asker);
                break;
            case Close:
                EndLeadership();
                Sender.Tell(message);
                break;
            case CountBatches:
                Sender.Tell(_batches);
                break;
        }
    }

    protected override void PreStart() => TakeOver(epoch: 0);

    private void TakeOver(int epoch)
    {
        _token = _log.TakeOver();
        _leading = new LedPartition(_id, _log, View(epoch));
        _led.Register(_leading);
    }

    /// <summary>This leadership ends, and the next begins at once, as a node's retries would have it.</summary>
    private void EndLeadership()
    {
        var ended = _leading!;
        _led.Remove(ended);
        ended.Close();
        _leading = null;
        TakeOver(ended.View.LeaderEpoch);
    }

    private void Append(AppendRecords append, IActorRef asker)
    {
        if (_failures.TryDequeue(out var error))
        {
            asker.Tell(AppendReply.Refused(error));
            return;
        }

        var baseOffset = _log.LogEndOffset;
        RecordBatch.Assign(append.Batch.Span, baseOffset, append.LeaderEpoch);
        Invariant.Check(_log.AppendAsync(_token!, append.Batch).Result.IsAppended);
        _batches++;
        if (_losesNext)
        {
            _losesNext = false;
            EndLeadership();
            asker.Tell(AppendReply.Refused(ErrorCode.RequestTimedOut));
            return;
        }

        _leading!.Publish(View(append.LeaderEpoch));
        asker.Tell(new AppendReply(ErrorCode.None, baseOffset, -1, 0));
    }

    private PartitionView View(int epoch) => new(epoch, _log.LogStartOffset, _log.LogEndOffset, _log.LogEndOffset, _log.LogEndOffset);
}
