// A worker service that reads with await foreach and gets its client by dependency injection. usage: Worker [--Broker HOST:PORT]
using Akka.Actor;
using Akka.Broker.Client;

var builder = Host.CreateApplicationBuilder(args);
var bootstrap = builder.Configuration["Broker"] ?? "127.0.0.1:9092";
builder.Services.AddSingleton(_ => ActorSystem.Create("worker", $$"""
    akka.loglevel = WARNING
    akka.broker.client {
      bootstrap-servers = ["{{bootstrap}}"]
      consumer { group-id = "billing", auto-offset-reset = earliest }
    }
    """));
builder.Services.AddSingleton(services => BrokerClient.Get(services.GetRequiredService<ActorSystem>()));
builder.Services.AddHostedService<Billing>();
await builder.Build().RunAsync();

internal sealed record Order(string Customer, decimal Total);

internal sealed class Billing(BrokerClient client, ILogger<Billing> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Disposing commits what is finished and leaves the group.
        await using var consumer = client.CreateConsumer(Serializers.Utf8, Serializers.Json<Order>());
        await consumer.SubscribeAsync(["orders"]);
        await foreach (var record in consumer.WithCancellation(stoppingToken))
        {
            // Asking for the next record says that this one is finished, and so may be committed.
            if (record.Value is { } order)
                log.LogInformation("Billed {Customer} {Total} ({Partition}@{Offset})", order.Customer, order.Total, record.TopicPartition, record.Offset);
        }
    }
}
