using Akka.Actor;
using Akka.Tests;

namespace Akka.Broker.Client.Tests.Producer;

public sealed class ProducerActorSpec : PatientTestKit
{
    private readonly ProducerTestContext _context = new();
    private readonly IActorRef _producer;

    public ProducerActorSpec() => _producer = Sys.ActorOf(Props.Create(() => new ProducerActor<string?, string?>(_ => _context.Producer, 4)));

    [Fact]
    public void Record_is_answered_with_its_delivery_and_correlation()
    {
        _context.Cluster.SetTopic("t", 1);
        _producer.Tell(Record("a", "first"), TestActor);
        var answer = ExpectMsg<RecordDelivered>();
        Assert.Equal((0L, "first"), (answer.Report.Offset, answer.Correlation));
    }

    [Fact]
    public void Record_that_cannot_be_sent_is_answered_with_the_reason()
    {
        _producer.Tell(new Produce<string?, string?>(new ProducerRecord<string?, string?>("t", null, new string('x', 2_000_000)), 7), TestActor);
        var answer = ExpectMsg<RecordFailed>();
        Assert.Equal((Protocol.ErrorCode.MessageTooLarge, 7), (answer.Error.ErrorCode, answer.Correlation));
    }

    [Fact]
    public void Records_that_wait_for_their_topic_are_sent_in_order_when_it_is_there()
    {
        for (var i = 0; i < 20; i++)
            _producer.Tell(Record($"{i}", i), TestActor);
        _producer.Tell(FlushProducer.Instance, TestActor);
        _context.Cluster.SetTopic("t", 1);
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, ExpectMsg<RecordDelivered>().Correlation);
        ExpectMsg<ProducerFlushed>();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), _context.Logs.Values("t", 0));
    }

    [Fact]
    public void Source_is_told_how_many_records_it_may_send()
    {
        _context.Cluster.SetTopic("t", 1);
        _producer.Tell(RequestProduceDemand.Instance, TestActor);
        Assert.Equal(4, ExpectMsg<ProduceDemand>().Count);
        _producer.Tell(Record("a", 1), TestActor);
        _producer.Tell(Record("b", 2), TestActor);
        ExpectMsg<RecordDelivered>();
        ExpectMsg<RecordDelivered>();
        Assert.Equal(2, ExpectMsg<ProduceDemand>().Count);
    }

    private static Produce<string?, string?> Record(string value, object correlation) => new(new ProducerRecord<string?, string?>("t", null, value), correlation);
}
