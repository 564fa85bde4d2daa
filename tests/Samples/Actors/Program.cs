// Two actors with a topic between them; each says how much it can take. usage: Actors [HOST:PORT]
using Akka.Actor;
using Akka.Broker.Client;

var bootstrap = args.FirstOrDefault() ?? "127.0.0.1:9092";
using var system = ActorSystem.Create("actors", $$"""
    akka.loglevel = WARNING
    akka.broker.client {
      bootstrap-servers = ["{{bootstrap}}"]
      consumer { group-id = "listeners", auto-offset-reset = earliest }
    }
    """);
var producer = system.ActorOf(ProducerActor.Props(Serializers.Utf8, Serializers.Utf8), "producer");
var listener = system.ActorOf(Props.Create<Listener>(), "listener");
system.ActorOf(Props.Create(() => new Greeter(producer)), "greeter");
await listener.WatchAsync();

internal sealed class Greeter : ReceiveActor
{
    private int _said;

    public Greeter(IActorRef producer)
    {
        Receive<ProduceDemand>(demand =>
        {
            for (var i = 0; i < demand.Count && _said < 10; i++)
                producer.Tell(new Produce<string?, string?>(new("greetings", "world", $"hello {++_said}")));
        });
        Receive<RecordDelivered>(delivered => Console.WriteLine($"stored at {delivered.Report.Offset}"));
        Receive<RecordFailed>(failed => Console.WriteLine($"not stored: {failed.Error.Message}"));
        producer.Tell(RequestProduceDemand.Instance);
    }
}

internal sealed class Listener : ReceiveActor
{
    private int _heard;

    public Listener()
    {
        var client = BrokerClient.Get(Context.System);
        var consumer = Context.ActorOf(ConsumerActor.Props(client, Serializers.Utf8, Serializers.Utf8, Self), "consumer");
        Context.Watch(consumer);
        Receive<ConsumedRecords<string?, string?>>(batch =>
        {
            foreach (var record in batch.Records)
                Console.WriteLine($"heard {record.Value}");
            consumer.Tell(new RecordsHandled(batch.Batch));
            _heard += batch.Records.Count;
            consumer.Tell(_heard < 10 ? new RequestRecords(batch.Records.Count) : new CloseConsumer());
        });
        Receive<PartitionsAssigned>(assigned => Console.WriteLine($"listening to {string.Join(", ", assigned.Partitions)}"));
        Receive<ConsumerDone>(_ => { });
        Receive<Terminated>(_ => Context.Stop(Self));
        consumer.Tell(new Subscribe(["greetings"]));
        consumer.Tell(new RequestRecords(5));
    }
}
