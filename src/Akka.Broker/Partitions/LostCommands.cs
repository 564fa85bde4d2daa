using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Segments;
using Akka.Event;

namespace Akka.Broker.Partitions;

/// <summary>
/// Answers what was in the mailbox of a leader that stopped, as one does whose write failed: it becomes dead letters, and whoever asked would wait for nothing, with
/// all that its connection has sent behind. Nothing of it was begun, so a refusal that passes is the truth. One per node.
/// </summary>
public sealed class LostCommands : ReceiveActor
{
    private readonly PartitionServices _services;

    public LostCommands(PartitionServices services)
    {
        _services = services;
        Receive<DeadLetter>(lost => OnLost(lost.Message, lost.Sender));
    }

    public static Props Props(PartitionServices services) => Akka.Actor.Props.Create(() => new LostCommands(services));

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void OnLost(object message, IActorRef? sender)
    {
        if (message is not IPartitionCommand command || sender is null || sender.IsNobody())
            return;
        switch (command)
        {
            case AppendRecords append:
                var error = ErrorOf(append.Target);
                _services.Refused.Note(append.Target, new BatchHeader(append.Batch.Span), error);
                sender.Tell(AppendReply.Refused(error, "The partition's leader has stopped before it saw the batch."));
                break;
            case DeleteRecordsBefore:
                sender.Tell(new DeleteRecordsReply(ErrorOf(command.Target), -1));
                break;
            case GetProducers:
                sender.Tell(new ProducersReply(ErrorOf(command.Target), []));
                break;
        }
    }

    /// <summary>While the metadata names this node, it is its log that was in the way.</summary>
    private ErrorCode ErrorOf(TopicIdPartition target) =>
        _services.Metadata.Current.TryGetPartition(target, out var image) && image.Leader == _services.NodeId
            ? ErrorCode.KafkaStorageError
            : ErrorCode.NotLeaderOrFollower;
}
