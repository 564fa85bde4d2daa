using System.Collections.Concurrent;

namespace Akka.Event;

/// <summary>
/// Publish and subscribe: an event goes to those who subscribed to its classifier or to one above it. Who gets which classifier is looked
/// up once until the subscriptions change, so that publishing takes no lock. Any thread may call.
/// </summary>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
    where TClassifier : notnull
{
    private readonly object _lock = new();
    private readonly List<KeyValuePair<TClassifier, TSubscriber>> _subscriptions = [];
    private readonly ConcurrentDictionary<TClassifier, TSubscriber[]> _byClassifier = new();

    public virtual void Publish(TEvent @event)
    {
        var classifier = GetClassifier(@event);
        if (!_byClassifier.TryGetValue(classifier, out var subscribers))
            subscribers = FindSubscribers(classifier);
        foreach (var subscriber in subscribers)
            Publish(@event, subscriber);
    }

    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier)
    {
        var subscription = KeyValuePair.Create(classifier, subscriber);
        lock (_lock)
        {
            if (_subscriptions.Contains(subscription))
                return false;
            _subscriptions.Add(subscription);
            _byClassifier.Clear();
            return true;
        }
    }

    public virtual bool Unsubscribe(TSubscriber subscriber) =>
        Remove(subscription => Equals(subscription.Value, subscriber));

    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier) =>
        Remove(subscription => Equals(subscription.Value, subscriber) && Equals(subscription.Key, classifier));

    protected abstract TClassifier GetClassifier(TEvent @event);

    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    private bool Remove(Predicate<KeyValuePair<TClassifier, TSubscriber>> match)
    {
        lock (_lock)
        {
            if (_subscriptions.RemoveAll(match) == 0)
                return false;
            _byClassifier.Clear();
            return true;
        }
    }

    private TSubscriber[] FindSubscribers(TClassifier classifier)
    {
        lock (_lock)
        {
            TSubscriber[] found = [.. _subscriptions
                .Where(subscription => IsSubClassification(subscription.Key, classifier))
                .Select(subscription => subscription.Value)
                .Distinct()];
            _byClassifier[classifier] = found;
            return found;
        }
    }
}
