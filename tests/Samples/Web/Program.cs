// A minimal API that produces: POST /orders {"customer": "ada", "total": 12.5}. usage: Web [--Broker HOST:PORT] [--urls http://127.0.0.1:PORT]
using Akka.Actor;
using Akka.Broker.Client;

var builder = WebApplication.CreateBuilder(args);
var bootstrap = builder.Configuration["Broker"] ?? "127.0.0.1:9092";
builder.Services.AddSingleton(_ => ActorSystem.Create("web", $"akka {{ loglevel = WARNING, broker.client.bootstrap-servers = [\"{bootstrap}\"] }}"));
builder.Services.AddSingleton(services => BrokerClient.Get(services.GetRequiredService<ActorSystem>()));
// One producer for the whole application; the container disposes it, which delivers what is on its way.
builder.Services.AddSingleton(services => services.GetRequiredService<BrokerClient>().CreateProducer(Serializers.Utf8, Serializers.Json<Order>()));
var app = builder.Build();

app.MapPost("/orders", async (Order order, Producer<string?, Order?> producer) =>
{
    try
    {
        var report = await producer.SendAsync("orders", order.Customer, order);
        return Results.Ok(new Receipt(report.Partition, report.Offset));
    }
    catch (BrokerClientException failure)
    {
        return Results.Problem(failure.Message, statusCode: failure.IsRetriable ? 503 : 500);
    }
});
await app.RunAsync();

internal sealed record Order(string Customer, decimal Total);

internal sealed record Receipt(int Partition, long Offset);
