using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Partitions;
using Akka.Tests;

namespace Akka.Broker.Tests.Replicas;

public sealed class IsrChangesActorSpec() : PatientTestKit("akka.loglevel = OFF")
{
    private static readonly Guid Topic = Guid.NewGuid();
    private readonly List<AlterPartitionRequest> _asked = [];
    private readonly Queue<TaskCompletionSource<AlterPartitionResponse>> _answers = new();

    [Fact]
    public void What_comes_while_one_is_asked_goes_with_the_next()
    {
        var (first, second) = (Expect(), Expect());
        var isr = Start();
        Propose(isr, 0);
        AwaitCondition(() => _asked.Count == 1);
        Propose(isr, 1);
        Propose(isr, 2);

        first.SetResult(Committed(0));
        Assert.Equal((ErrorCode.None, 8), (ExpectMsg<IsrAnswered>().Answer is var answer ? answer.Error : default, answer.PartitionEpoch));
        AwaitCondition(() => _asked.Count == 2);
        second.SetResult(Committed(1, 2));

        Assert.Equal([1, 2], _asked[1].Topics.Single().Partitions.Select(p => p.PartitionIndex));
        Assert.Equal([(1, 10L), (2, 20L)], _asked[1].Topics[0].Partitions[0].NewIsrWithEpochs.Select(m => (m.BrokerId, m.BrokerEpoch)));
        Assert.Equal((3, 30L), (_asked[1].BrokerId, _asked[1].BrokerEpoch));
        ReceiveN(2);
    }

    [Fact]
    public void A_controller_that_is_not_heard_and_one_that_refuses_all_are_told_to_each_leader()
    {
        var (first, second) = (Expect(), Expect());
        var isr = Start();
        Propose(isr, 0);
        first.SetException(new TimeoutException());
        Assert.Equal(ErrorCode.RequestTimedOut, ExpectMsg<IsrAnswered>().Answer.Error);

        Propose(isr, 0);
        second.SetResult(new AlterPartitionResponse { ErrorCode = ErrorCode.StaleBrokerEpoch });
        Assert.Equal(ErrorCode.StaleBrokerEpoch, ExpectMsg<IsrAnswered>().Answer.Error);
    }

    private TaskCompletionSource<AlterPartitionResponse> Expect()
    {
        var answer = new TaskCompletionSource<AlterPartitionResponse>();
        _answers.Enqueue(answer);
        return answer;
    }

    private IActorRef Start() => Sys.ActorOf(IsrChangesActor.Props(3, () => 30, request =>
    {
        _asked.Add(request);
        return _answers.Dequeue().Task;
    }));

    private void Propose(IActorRef isr, int partition) => isr.Tell(
        new ProposeIsr(new TopicIdPartition(Topic, "t", partition), new IsrProposal(5, 7, [new(1, 10), new(2, 20)], "", Attempt: 1)), TestActor);

    private static AlterPartitionResponse Committed(params int[] partitions) => new()
    {
        Topics =
        [
            new()
            {
                TopicId = Topic,
                Partitions = [.. partitions.Select(p => new AlterPartitionResponse.AlterPartitionPartitionResult { PartitionIndex = p, LeaderEpoch = 5, PartitionEpoch = 8, Isr = [1, 2] })],
            },
        ],
    };
}
