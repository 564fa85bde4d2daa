namespace Akka.Broker.Cmd.Verbs;

/// <summary>The verb cannot be carried out; the message says what was seen and what is allowed, and is all that the operator gets.</summary>
internal sealed class VerbException(string message) : Exception(message);
