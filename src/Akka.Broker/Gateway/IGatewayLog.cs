namespace Akka.Broker.Gateway;

/// <summary>What the gateway has to say to an operator. Thread-safe.</summary>
public interface IGatewayLog
{
    void Debug(string text);

    void Info(string text);

    void Warning(string text);

    void Error(Exception cause, string text);
}
