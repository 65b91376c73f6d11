// A client of the kind that shows a list of unread notifications; unmodified.
// client.js
class NotificationClient {
  constructor(token) {
    this.token = token;
    this.ws = null;
    this.reconnectAttempts = 0;
    this.maxReconnectAttempts = 5;
  }

  connect() {
    this.ws = new WebSocket(`ws://localhost:8000/ws/notifications?token=${this.token}`);

    this.ws.onopen = () => {
      console.log('Connected to notifications');
      this.reconnectAttempts = 0;
    };

    this.ws.onmessage = (event) => {
      const data = JSON.parse(event.data);

      if (data.type === 'new_notification') {
        this.handleNotification(data.notification);
      } else if (data.type === 'initial_load') {
        this.handleInitialLoad(data.notifications, data.unread_count);
      }
    };

    this.ws.onclose = () => {
      console.log('Disconnected from notifications');
      this.reconnect();
    };

    this.ws.onerror = (error) => {
      console.error('WebSocket error:', error);
    };
  }

  reconnect() {
    if (this.reconnectAttempts < this.maxReconnectAttempts) {
      this.reconnectAttempts++;
      const delay = Math.min(1000 * Math.pow(2, this.reconnectAttempts), 30000);

      console.log(`Reconnecting in ${delay}ms...`);
      setTimeout(() => this.connect(), delay);
    } else {
      console.error('Max reconnect attempts reached. Falling back to polling.');
      this.startPolling();
    }
  }

  handleNotification(notification) {
    // Mostrar toast notification
    this.showToast(notification.message);

    // Atualizar badge count
    this.updateBadgeCount();

    // Tocar som
    this.playNotificationSound();
  }

  markAsRead(notificationId) {
    this.ws.send(JSON.stringify({
      action: 'mark_read',
      notification_id: notificationId
    }));
  }

  markAllAsRead() {
    this.ws.send(JSON.stringify({
      action: 'mark_all_read'
    }));
  }

  startPolling() {
    // Fallback: polling a cada 10 segundos
    setInterval(async () => {
      const response = await fetch('/notifications?limit=10');
      const data = await response.json();

      // Processar notificações
      data.notifications.forEach(n => this.handleNotification(n));
    }, 10000);
  }
}

// Uso
const token = localStorage.getItem('jwt_token');
const notificationClient = new NotificationClient(token);
notificationClient.connect();
