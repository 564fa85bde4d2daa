namespace Akka.Dispatch;

/// <summary>Marks an actor that needs a mailbox of that kind.</summary>
public interface IRequiresMessageQueue<T>
    where T : ISemantics;
