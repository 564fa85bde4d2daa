using Akka.Broker.Connections;

namespace Akka.Broker.Tests.Interbroker;

public sealed class ReconnectBackoffSpec
{
    [Fact]
    public void Pauses_double_up_to_the_longest_and_begin_anew_after_a_success()
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), new Random(3));
        double[] full = [50, 100, 200, 400, 800, 1000, 1000];
        foreach (var longest in full)
            Assert.InRange(backoff.Next().TotalMilliseconds, longest / 2, longest);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalMilliseconds, 25, 50);
    }
}
