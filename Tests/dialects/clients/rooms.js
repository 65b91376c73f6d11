// A client of the kind that shows a badge and browser notifications; unmodified.
class NotificationClient {
    constructor(baseUrl, token) {
        this.baseUrl = baseUrl.replace('http', 'ws');
        this.token = token;
        this.ws = null;
        this.reconnectAttempts = 0;
        this.maxReconnectAttempts = 5;
        this.reconnectInterval = 1000; // 1 second
    }

    connect() {
        const wsUrl = `${this.baseUrl}/ws/notifications?token=${this.token}`;
        
        try {
            this.ws = new WebSocket(wsUrl);
            
            this.ws.onopen = (event) => {
                console.log('WebSocket connected for notifications');
                this.reconnectAttempts = 0;
                
                // Request current unread count
                this.send({ type: 'get_unread_count' });
                
                // Start heartbeat
                this.startHeartbeat();
            };
            
            this.ws.onmessage = (event) => {
                try {
                    const data = JSON.parse(event.data);
                    this.handleMessage(data);
                } catch (e) {
                    // Handle legacy text messages
                    if (event.data === 'pong') {
                        console.log('Received heartbeat pong');
                    }
                }
            };
            
            this.ws.onclose = (event) => {
                console.log('WebSocket disconnected:', event.code, event.reason);
                this.stopHeartbeat();
                
                if (event.code !== 1000) { // Not a normal closure
                    this.attemptReconnect();
                }
            };
            
            this.ws.onerror = (error) => {
                console.error('WebSocket error:', error);
            };
            
        } catch (error) {
            console.error('Failed to connect WebSocket:', error);
            this.attemptReconnect();
        }
    }

    handleMessage(data) {
        switch (data.type) {
            case 'notification':
                this.onNotification(data.data);
                break;
            case 'unread_count':
                this.onUnreadCount(data.data.count);
                break;
            case 'notification_update':
                this.onNotificationUpdate(data.data);
                break;
            case 'pong':
                console.log('Received heartbeat pong');
                break;
            default:
                console.log('Unknown message type:', data.type);
        }
    }

    onNotification(notification) {
        // Display notification to user
        console.log('New notification:', notification);
        
        // Show browser notification if permission granted
        if (Notification.permission === 'granted') {
            new Notification(notification.title, {
                body: notification.message,
                icon: '/favicon.ico',
                tag: notification.notification_id
            });
        }
        
        // Update UI (e.g., notification badge, list)
        this.updateNotificationUI(notification);
        
        // Play notification sound
        this.playNotificationSound();
    }

    onUnreadCount(count) {
        // Update unread count badge in UI
        console.log(`Unread notifications: ${count}`);
        this.updateUnreadBadge(count);
    }

    onNotificationUpdate(update) {
        // Handle notification status changes (read, delivered, etc.)
        console.log('Notification update:', update);
    }

    send(data) {
        if (this.ws && this.ws.readyState === WebSocket.OPEN) {
            this.ws.send(JSON.stringify(data));
        }
    }

    markNotificationAsRead(notificationId) {
        this.send({
            type: 'mark_read',
            notification_id: notificationId
        });
    }

    startHeartbeat() {
        this.heartbeatInterval = setInterval(() => {
            if (this.ws && this.ws.readyState === WebSocket.OPEN) {
                this.send({ type: 'ping' });
            }
        }, 30000); // Ping every 30 seconds
    }

    stopHeartbeat() {
        if (this.heartbeatInterval) {
            clearInterval(this.heartbeatInterval);
            this.heartbeatInterval = null;
        }
    }

    attemptReconnect() {
        if (this.reconnectAttempts < this.maxReconnectAttempts) {
            this.reconnectAttempts++;
            console.log(`Attempting to reconnect (${this.reconnectAttempts}/${this.maxReconnectAttempts})...`);
            
            setTimeout(() => {
                this.connect();
            }, this.reconnectInterval * this.reconnectAttempts);
        } else {
            console.error('Max reconnection attempts reached');
        }
    }

    updateNotificationUI(notification) {
        // Implementation depends on your UI framework
        // This is where you'd update React state, Vue data, etc.
    }

    updateUnreadBadge(count) {
        // Update notification badge in header/navbar
        const badge = document.getElementById('notification-badge');
        if (badge) {
            badge.textContent = count > 0 ? count : '';
            badge.style.display = count > 0 ? 'inline' : 'none';
        }
    }

    playNotificationSound() {
        // Play subtle notification sound
        const audio = new Audio('/notification.mp3');
        audio.volume = 0.3;
        audio.play().catch(e => console.log('Could not play notification sound'));
    }

    disconnect() {
        this.stopHeartbeat();
        if (this.ws) {
            this.ws.close(1000, 'Client disconnecting');
            this.ws = null;
        }
    }
}

// Usage example
const token = localStorage.getItem('jwt_token'); // Get from your auth system
const notificationClient = new NotificationClient('ws://localhost:8000', token);

// Connect when user logs in
notificationClient.connect();

// Disconnect when user logs out
window.addEventListener('beforeunload', () => {
    notificationClient.disconnect();
});
