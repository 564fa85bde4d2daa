namespace Akka.Actor;

/// <summary>Where and how an actor is to run, as its <see cref="Props"/> say.</summary>
public class Deploy
{
    public static readonly string NoDispatcherGiven = "";
    public static readonly string NoMailboxGiven = "";
    public static readonly Deploy Local = new();

    public Deploy()
    {
        Dispatcher = NoDispatcherGiven;
        Mailbox = NoMailboxGiven;
    }

    private Deploy(string dispatcher, string mailbox)
    {
        Dispatcher = dispatcher;
        Mailbox = mailbox;
    }

    public string Dispatcher { get; }

    public string Mailbox { get; }

    public virtual Deploy WithDispatcher(string dispatcher) => new(dispatcher, Mailbox);

    public virtual Deploy WithMailbox(string mailbox) => new(Dispatcher, mailbox);
}
