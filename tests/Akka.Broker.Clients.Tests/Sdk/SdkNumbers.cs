using System.Collections.Concurrent;
using Akka.Broker.Client;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>What specs of handlers let a producer send beside them.</summary>
internal static class SdkNumbers
{
    /// <summary>0, 1, 2, … a few hundred a second, each under the key that it is congruent to, until it is stopped.</summary>
    /// <returns>How many there are; all of them were delivered.</returns>
    public static async Task<int> ProduceAsync(SdkApplication app, string topic, int keys, CancellationToken stop)
    {
        var failures = new ConcurrentQueue<Exception?>();
        var count = 0;
        await using var producer = app.Client.CreateProducer(Serializers.Utf8, Serializers.Utf8);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < 8; i++, count++)
            {
                await producer.PostAsync(new ProducerRecord<string?, string?>(topic, $"key-{count % keys}", $"{count}"), report =>
                {
                    if (!report.IsDelivered)
                        failures.Enqueue(report.Error);
                });
            }
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
        await producer.FlushAsync(CancellationToken.None);
        Assert.Empty(failures);
        return count;
    }
}
