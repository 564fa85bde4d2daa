using System.Collections.Concurrent;
using Akka.Broker.Gateway;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Keeps what the gateway says.</summary>
internal sealed class MemoryGatewayLog : IGatewayLog
{
    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Errors { get; } = new();

    public void Debug(string text)
    {
    }

    public void Info(string text)
    {
    }

    public void Warning(string text) => Warnings.Enqueue(text);

    public void Error(Exception cause, string text) => Errors.Enqueue($"{text} {cause}");
}
