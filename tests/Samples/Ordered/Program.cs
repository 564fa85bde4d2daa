// Handles records in order by key, many keys at a time, and puts aside what no attempt can handle. usage: Ordered [HOST:PORT]
using System.Text;
using Akka.Actor;
using Akka.Broker.Client;

var bootstrap = args.FirstOrDefault() ?? "127.0.0.1:9092";
using var system = ActorSystem.Create("ordered", $"akka {{ loglevel = WARNING, broker.client.bootstrap-servers = [\"{bootstrap}\"] }}");
var client = BrokerClient.Get(system);

await using (var producer = client.CreateProducer(Serializers.Utf8, Serializers.Int32))
{
    for (var i = 0; i < 300; i++)
        await producer.PostAsync(new ProducerRecord<string?, int>("steps", $"key-{i % 10}", i));
}

var settings = client.ConsumerSettings with { GroupId = "walkers", AutoOffsetReset = AutoOffsetReset.Earliest };
var options = new HandlerOptions
{
    Parallelism = 10,
    Retry = new RetryPolicy { AttemptsMax = 3, Delay = TimeSpan.FromMilliseconds(50), DeadLetterTopic = "steps-dead" },
};
var last = new Dictionary<string, int>();
using var done = new CancellationTokenSource();
await using (var walkers = client.CreateConsumer(Serializers.Utf8, Serializers.Int32, settings))
{
    await walkers.SubscribeAsync(["steps"]);
    await walkers.RunAsync(
        async (step, cancelled) =>
        {
            // Slow, as a call of another service: ten keys are under way at once, and each key's steps one after the other.
            await Task.Delay(5, cancelled);
            if (step.Value == 42)
                throw new InvalidOperationException("42 is no step");
            lock (last)
            {
                var before = last.GetValueOrDefault(step.Key!, -1);
                Console.WriteLine(step.Value > before ? $"{step.Key} {step.Value}" : $"{step.Key} {step.Value} out of order after {before}");
                last[step.Key!] = step.Value;
                if (last.Count == 10 && last.Values.Sum() == Enumerable.Range(290, 10).Sum())
                    done.Cancel();
            }
        },
        options,
        done.Token);
}

await using var dead = client.CreateConsumer(Serializers.Utf8, Serializers.Int32);
await dead.AssignAsync([new("steps-dead", 0)], StartPoint.Beginning);
await foreach (var letter in dead)
{
    var headers = letter.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.Value!));
    Console.WriteLine($"dead: {letter.Key} {letter.Value} after {headers[DeadLetterHeaders.Attempts]} attempts: {headers[DeadLetterHeaders.Error]}");
    break;
}
