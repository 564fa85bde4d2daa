namespace Akka.Broker.Remoting;

/// <summary>A message of the broker's that may go to another node, by <see cref="BrokerSerializer"/>. What does not carry this mark stays on its node.</summary>
public interface IRemoteMessage;
